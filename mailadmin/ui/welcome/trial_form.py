"""The fields of a test message, prefilled so that it can be sent at once."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFormLayout, QPlainTextEdit, QSizePolicy, QWidget

from mailadmin.domain.errors import InvalidInput
from mailadmin.domain.provider import StoredProvider
from mailadmin.ui.compose.draft import sender_of
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.welcome.trial_message import Trial, check_recipient
from mailadmin.ui.widgets.field_problems import FieldProblems
from mailadmin.ui.widgets.form_rows import add_row, combo, line_edit
from mailadmin.ui.words.cell_text import one_line
from mailadmin.ui.words.errors import explain

_LEAST_LINES = 7


class TrialForm(QWidget):
    """The form; its prefilled texts follow the provider until the user changes them."""

    edited = Signal()  # by the user

    def __init__(self, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self._providers: dict[int, StoredProvider] = {}
        self._wanted = 0
        self._prefilled = ("", "")
        self.problems = FieldProblems(icons, self)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._through = combo(self)
        self._through.setObjectName("trialProviderCombo")
        self._through.setAccessibleName(self.tr("Provider it is sent through"))
        self._through.setToolTip(self.tr("No other provider sends it, even if this one can't"))
        self._through.currentIndexChanged.connect(self._prefill)
        add_row(form, self.tr("T&hrough:"), self._through)
        self._to = line_edit(self, "trialToEdit", self.tr("To"))
        self._to.textEdited.connect(self.edited)
        self._to.editingFinished.connect(self.check)
        add_row(form, self.tr("&To:"), self.problems.under("to", self._to))
        self._subject = line_edit(self, "trialSubjectEdit", self.tr("Subject"))
        self._subject.textEdited.connect(self.edited)
        self._subject.setText(self.tr("Test message from Mail Admin"))
        add_row(form, self.tr("Su&bject:"), self.problems.under("subject", self._subject))
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("trialTextEdit")
        self._text.setAccessibleName(self.tr("Text of the message"))
        self._text.setTabChangesFocus(True)
        # The text takes the height that is left: by default Qt gives it more than a few lines need.
        self._text.setMinimumHeight(self.fontMetrics().lineSpacing() * _LEAST_LINES)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        add_row(form, self.tr("Te&xt:"), self.problems.under("text", self._text))
        self.setFocusProxy(self._to)

    def tab_order(self) -> list[QWidget]:
        """Return the controls from top to bottom."""
        return [self._through, self._to, self._subject, self._text]

    @property
    def trial(self) -> Trial | None:
        """The entered message, None without a provider."""
        provider_id = self._through.currentData()
        if provider_id is None:
            return None
        return Trial(
            int(provider_id), self._to.text(), self._subject.text(), self._text.toPlainText()
        )

    def check(self) -> bool:
        """Whether the recipient is a single valid address; if not, say so below the field."""
        try:
            check_recipient(self._to.text())
        except InvalidInput as error:
            self.problems.show("to", explain(error))
            return False
        self.problems.clear("to")
        return True

    def choose(self, provider_id: int) -> None:
        """Choose this provider, now or as soon as it is offered."""
        self._wanted = provider_id
        index = self._through.findData(provider_id)
        if index >= 0:
            self._through.setCurrentIndex(index)

    def offer(self, providers: Sequence[StoredProvider]) -> None:
        """List these providers, in the order in which the sender tries them."""
        chosen = self._through.currentData() or self._wanted
        self._providers = {each.id: each for each in providers}
        with QSignalBlocker(self._through):
            self._through.clear()
            for provider in sorted(providers, key=lambda each: (each.priority, each.id)):
                sender = sender_of(provider)
                shown = f"{sender.name} <{sender.address}>" if sender.name else sender.address
                self._through.addItem(one_line(f"{provider.caption} – {shown}"), provider.id)
            self._through.setCurrentIndex(max(0, self._through.findData(chosen)))
        self._prefill()

    def _prefill(self) -> None:
        provider = self._providers.get(self._through.currentData() or 0)
        if provider is None:
            return
        text = self.tr(
            "This is a test message, sent by Mail Admin through “{provider}”.\n\n"
            "You can read it, so mail gets through."
        ).format(provider=one_line(provider.caption))
        to_before, text_before = self._prefilled
        self._prefilled = (provider.send_from, text)
        if self._to.text() in {"", to_before}:
            self._to.setText(provider.send_from)
            self.problems.clear("to")
        if self._text.toPlainText() in {"", text_before}:
            self._text.setPlainText(text)
