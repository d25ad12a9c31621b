"""The Sender group of the provider dialog."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QGroupBox, QWidget

from mailadmin.domain.provider import Provider
from mailadmin.ui.widgets.field_problems import FieldProblems
from mailadmin.ui.widgets.form_rows import add_note, add_row, line_edit, note


class SenderGroup(QGroupBox):
    """Whose mail it is, and whether the provider is used. Signals carry the attribute."""

    edited = Signal(str)
    left = Signal(str)

    def __init__(self, problems: FieldProblems, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Sender"))
        self.send_from = line_edit(self, "sendFromEdit", self.tr("Send from"))
        self.send_from.setPlaceholderText(self.tr("newsletter@example.org"))
        self.send_from.setInputMethodHints(Qt.InputMethodHint.ImhEmailCharactersOnly)
        self.name = line_edit(self, "sendFromNameEdit", self.tr("Send from name"))
        self.name.setPlaceholderText(self.tr("Example Organisation"))
        self.enabled = QCheckBox(self.tr("&Enabled"), self)
        self.enabled.setObjectName("enabledCheck")
        self.enabled.setAccessibleName(self.tr("Enabled"))
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        add_row(form, self.tr("Send &from:"), problems.under("send_from", self.send_from))
        add_row(form, self.tr("Send from &name:"), problems.under("send_from_name", self.name))
        add_note(form, problems.under("enabled", self.enabled))
        meaning = note(self, "enabledNote")
        meaning.setText(self.tr("Mail is sent through this provider only while it is enabled."))
        add_note(form, meaning)
        for attribute, edit in (("send_from", self.send_from), ("send_from_name", self.name)):
            edit.textChanged.connect(lambda _text, name=attribute: self.edited.emit(name))
            edit.editingFinished.connect(lambda name=attribute: self.left.emit(name))
        self.enabled.toggled.connect(lambda _checked: self.edited.emit("enabled"))

    def load(self, provider: Provider) -> None:
        """Show `provider`."""
        self.send_from.setText(provider.send_from)
        self.name.setText(provider.send_from_name)
        self.enabled.setChecked(provider.enabled)

    def applied_to(self, provider: Provider) -> Provider:
        """`provider` with what is entered here."""
        return replace(
            provider,
            send_from=self.send_from.text().strip(),
            send_from_name=self.name.text().strip(),
            enabled=self.enabled.isChecked(),
        )

    def keep_enabled(self, reason: str) -> None:
        """Let the provider not be disabled, and say why; "" lets it."""
        self.enabled.setEnabled(not reason or not self.enabled.isChecked())
        self.enabled.setToolTip(reason)
        self.enabled.setAccessibleDescription(reason)
