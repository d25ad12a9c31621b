"""The retry schedule: when mail that could not be sent is tried again, with what that comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QDateTime, QLocale, Signal
from PySide6.QtWidgets import QFormLayout, QGroupBox, QLineEdit, QListWidget, QSpinBox, QWidget

from mailadmin.delivery.preferences import DeliveryPreferences, checked
from mailadmin.domain.errors import InvalidInput
from mailadmin.policy import RetryPolicy
from mailadmin.policy.durations import (
    format_duration,
    parse_duration,
    parse_durations,
    preview,
)
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.widgets.field_problems import FieldProblems
from mailadmin.ui.widgets.form_rows import add_note, add_row, line_edit, note
from mailadmin.ui.words.durations import in_words
from mailadmin.ui.words.errors import explain

T = TypeVar("T")

_PREVIEWED = 50  # retries listed; more of them are counted
_LINES = 9  # of the list that are seen at once
_MOST_JITTER = 50  # per cent


class RetryGroup(QGroupBox):
    """`edited` comes with every change. What is wrong is said beside the field at once."""

    edited = Signal()

    def __init__(self, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("When sending fails"))
        self.problems = FieldProblems(icons, self)
        self.delays = line_edit(self, "retryDelaysEdit", self.tr("Waits before the retries"))
        self.repeat = line_edit(self, "retryRepeatEdit", self.tr("Then again every"))
        self.expiry = line_edit(self, "retryExpiryEdit", self.tr("Give up after"))
        self.jitter = QSpinBox(self)
        self.jitter.setObjectName("retryJitterSpin")
        self.jitter.setAccessibleName(self.tr("Vary each wait by, in per cent"))
        self.jitter.setRange(0, _MOST_JITTER)
        self.jitter.setSuffix(self.tr(" %"))
        self._total = note(self, "retryTotal")
        self.times = QListWidget(self)
        self.times.setObjectName("retryPreview")
        self.times.setAccessibleName(self.tr("When a message would be tried again"))
        self.times.setUniformItemSizes(True)
        self.times.setFixedHeight(
            self.fontMetrics().lineSpacing() * _LINES + 2 * self.times.frameWidth() + _LINES
        )
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        add_row(form, self.tr("&Wait before each retry:"), self._under("delays", self.delays))
        self._explain(
            form,
            "retryDelaysNote",
            self.tr(
                "Numbers with their unit: s, m, h or d. The first wait, the second, and so on."
            ),
        )
        add_row(form, self.tr("&Then again every:"), self._under("repeat", self.repeat))
        add_row(form, self.tr("&Give up after:"), self._under("expiry", self.expiry))
        add_row(form, self.tr("&Vary each wait by:"), self._under("jitter", self.jitter))
        self._explain(
            form,
            "retryJitterNote",
            self.tr(
                "Up to this much earlier or later, so that mail deferred together does not come "
                "back together."
            ),
        )
        add_row(form, self.tr("&Preview:"), self.times)
        add_note(form, self._total)
        for edit in (self.delays, self.repeat, self.expiry):
            edit.textChanged.connect(self._changed)
        self.jitter.valueChanged.connect(self._changed)

    def load(self, policy: RetryPolicy) -> None:
        """Show `policy`."""
        self.delays.setText(" ".join(map(format_duration, policy.delays)))
        self.repeat.setText(format_duration(policy.repeat))
        self.expiry.setText(format_duration(policy.expiry))
        self.jitter.setValue(round(policy.jitter * 100))
        self._show_preview()

    def policy(self) -> RetryPolicy | None:
        """What is entered; None if it can't be used, which is said beside the fields."""
        self.problems.clear_all()
        delays = self._read("delays", lambda: parse_durations(self.delays.text(), "delays"))
        repeat = self._read("repeat", lambda: parse_duration(self.repeat.text(), "repeat"))
        expiry = self._read("expiry", lambda: parse_duration(self.expiry.text(), "expiry"))
        if delays is None or repeat is None or expiry is None:
            return None
        policy = RetryPolicy(delays, repeat, self.jitter.value() / 100, expiry)
        try:
            checked(DeliveryPreferences(policy))
        except InvalidInput as problem:
            # the waits and their repetition are checked as one
            fault = problem.field
            if fault == "delays" and all(delay >= 1 for delay in delays):
                fault = "repeat"
            self.problems.show(fault, explain(problem))
            return None
        return policy

    def focus_problem(self) -> None:
        """Go to the first field that can't be used."""
        for name, field in (
            ("delays", self.delays),
            ("repeat", self.repeat),
            ("expiry", self.expiry),
        ):
            if self.problems.has(name):
                field.setFocus()
                return

    def tab_order(self) -> list[QWidget]:
        """Fields from top to bottom."""
        return [self.delays, self.repeat, self.expiry, self.jitter, self.times]

    def _under(self, name: str, field: QLineEdit | QSpinBox) -> QWidget:
        return self.problems.under(name, field)

    def _explain(self, form: QFormLayout, object_name: str, text: str) -> None:
        label = note(self, object_name)
        label.setText(text)
        add_note(form, label)

    def _read(self, name: str, parse: Callable[[], T]) -> T | None:
        try:
            return parse()
        except InvalidInput as problem:
            self.problems.show(name, explain(problem))
            return None

    def _changed(self) -> None:
        self._show_preview()
        self.edited.emit()

    def _show_preview(self) -> None:
        policy = self.policy()
        self.times.clear()
        self.times.setEnabled(policy is not None)
        if policy is None:
            self._total.setText(self.tr("Correct the schedule to see what it comes to."))
            return
        found = preview(policy, _PREVIEWED)
        start = QDateTime.currentDateTime()
        for number, seconds in enumerate(found.times, start=1):
            self.times.addItem(
                self.tr("Retry {number} after {duration} · {time}").format(
                    number=number, duration=in_words(seconds), time=_clock(start, seconds)
                )
            )
        if found.retries > len(found.times):
            self.times.addItem(
                self.tr("… and {number} more").format(
                    number=self.locale().toString(found.retries - len(found.times))
                )
            )
        self._total.setText(
            self.tr(
                "A message that can't be sent now is tried {number} times until {time}, then it "
                "is FAILED and stays in the queue."
            ).format(
                number=self.locale().toString(found.retries + 1),
                time=_clock(start, policy.expiry),
            )
        )


def _clock(start: QDateTime, seconds: float) -> str:
    moment = start.addMSecs(round(seconds * 1000))
    locale = QLocale()
    time = locale.toString(moment.time(), QLocale.FormatType.ShortFormat)
    if moment.date() == start.date():
        return time
    return f"{locale.toString(moment.date(), 'ddd d MMM')} {time}"
