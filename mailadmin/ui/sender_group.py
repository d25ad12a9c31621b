"""The Sender and Limits groups of the provider dialog."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QGroupBox, QHBoxLayout, QSpinBox, QWidget

from mailadmin.core.domain import Provider
from mailadmin.ui.field_problems import FieldProblems
from mailadmin.ui.form_rows import add_note, add_row, count_spin, line_edit


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
        self.enabled = QCheckBox(self.tr("&Enabled: mail is sent through this provider"), self)
        self.enabled.setObjectName("enabledCheck")
        self.enabled.setAccessibleName(self.tr("Enabled"))
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        add_row(form, self.tr("Send &from:"), problems.under("send_from", self.send_from))
        add_row(form, self.tr("Send from &name:"), problems.under("send_from_name", self.name))
        add_note(form, problems.under("enabled", self.enabled))
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


class LimitsGroup(QGroupBox):
    """How much the server is asked at once."""

    edited = Signal(str)

    def __init__(self, problems: FieldProblems, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Limits"))
        self.connections = count_spin(
            self, "maxConnectionsSpin", self.tr("Connections at the same time"), 200
        )
        self.messages = count_spin(
            self, "messagesPerConnectionSpin", self.tr("Messages per connection"), 100_000
        )
        form = QFormLayout(self)
        for attribute, label, spin in (
            ("max_connections", self.tr("Connect&ions at once:"), self.connections),
            ("messages_per_connection", self.tr("&Messages per connection:"), self.messages),
        ):
            add_row(form, label, problems.under(attribute, _narrow(self, spin)))
            spin.valueChanged.connect(lambda _value, name=attribute: self.edited.emit(name))

    def load(self, provider: Provider) -> None:
        """Show `provider`."""
        self.connections.setValue(provider.max_connections)
        self.messages.setValue(provider.messages_per_connection)

    def applied_to(self, provider: Provider) -> Provider:
        """`provider` with what is entered here."""
        return replace(
            provider,
            max_connections=self.connections.value(),
            messages_per_connection=self.messages.value(),
        )


def _narrow(parent: QWidget, spin: QSpinBox) -> QWidget:
    place = QWidget(parent)
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(spin)
    row.addStretch(1)
    place.setFocusProxy(spin)
    return place
