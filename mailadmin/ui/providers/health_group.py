"""The Health group of the provider dialog: how a stored provider has been doing."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from mailadmin.domain.health import LimitUse, ProviderHealth
from mailadmin.ui.providers.standing import Standing, limit_words
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.widgets.form_rows import Note, add_note, note
from mailadmin.ui.widgets.mark import Mark
from mailadmin.ui.words.cell_text import exact_date, one_line, plain_tooltip, short_date


class HealthGroup(QGroupBox):
    """Read only, but for the button that ends a pause. Rows with nothing to say are hidden."""

    resumeWanted = Signal()

    def __init__(self, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("healthGroup")
        self.setTitle(self.tr("Health"))
        self.state = Mark(icons, self)
        self.state.setObjectName("healthState")
        self.resume = QPushButton(self.tr("Resume sendin&g through it"), self)
        self.resume.setObjectName("resumeButton")
        self.resume.setAccessibleName(self.tr("Resume sending through this provider"))
        self.resume.setToolTip(
            self.tr("End the pause without changing anything; what was wrong may pause it again")
        )
        self.resume.setAutoDefault(False)
        icons.put(self.resume, IconName.RESUME)
        self.resume.clicked.connect(lambda _checked=False: self.resumeWanted.emit())
        self.resume.hide()
        self._detail = self._text("healthDetail")
        self.success = self._text("lastSuccessText")
        self.failure = self._text("lastFailureText")
        self.today = self._text("sentTodayText")
        self.limits = self._text("limitUseText")
        self._form = form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._add(self.tr("State:"), self._state_row())
        add_note(form, self._detail)
        self._add(self.tr("Last success:"), self.success)
        self._add(self.tr("Last failure:"), self.failure)
        self._add(self.tr("Sent today:"), self.today)
        self._add(self.tr("Limits used:"), self.limits)

    def tell(self, standing: Standing, health: ProviderHealth, *, paused: bool) -> None:
        """Show how the provider stands now."""
        self.state.show_mark(standing.icon, standing.role, standing.words, colored=True)
        self.state.setAccessibleDescription(standing.detail)
        plain = standing.icon in {IconName.SUCCESS, IconName.DOT}  # the rows below say the same
        _say(self._detail, "" if plain else standing.detail)
        self._detail.setVisible(not plain and bool(standing.detail))
        self.resume.setVisible(paused)
        success, failure = health.last_success_at, health.last_failure_at
        self._show_row(self.success, "" if success is None else short_date(success))
        self.success.setToolTip("" if success is None else plain_tooltip(exact_date(success)))
        text = "" if failure is None else short_date(failure)
        if failure is not None and health.last_failure:
            text = self.tr("{date}: {reason}").format(
                date=text, reason=one_line(health.last_failure)
            )
        self._show_row(self.failure, text)
        self.failure.setToolTip("" if failure is None else plain_tooltip(exact_date(failure)))
        self._show_row(self.today, self.locale().toString(health.sent_today))
        self._show_row(self.limits, "\n".join(self._use(use) for use in health.limits))

    def _use(self, use: LimitUse) -> str:
        number = self.locale().toString
        limit = limit_words(use.limit.count, use.limit.seconds)
        if use.free_at is None:
            return self.tr("{used} of {limit}").format(used=number(use.used), limit=limit)
        return self.tr("{used} of {limit}, the next one at {date}").format(
            used=number(use.used), limit=limit, date=short_date(use.free_at)
        )

    def _text(self, object_name: str) -> Note:
        label = note(self, object_name)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _add(self, text: str, field: QWidget) -> None:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        field.setAccessibleName(text.removesuffix(":"))
        self._form.addRow(label, field)

    def _state_row(self) -> QWidget:
        place = QWidget(self)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.state, 1)
        row.addWidget(self.resume)
        return place

    def _show_row(self, field: Note, text: str) -> None:
        _say(field, text)
        self._form.setRowVisible(field, bool(text))


def _say(label: Note, text: str) -> None:
    if label.text() != text:  # what is selected stays selected
        label.setText(text)
