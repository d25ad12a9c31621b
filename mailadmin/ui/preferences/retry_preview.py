"""What a retry schedule comes to: when a message would be tried again, and how often."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtWidgets import QListWidget

from mailadmin.policy import RetryPolicy
from mailadmin.policy.durations import preview
from mailadmin.preferences import Preferences
from mailadmin.ui.preferences.group import PreferenceGroup
from mailadmin.ui.widgets.form_rows import add_note, add_row, note
from mailadmin.ui.words.durations import in_words

_PREVIEWED = 50  # retries listed; more of them are counted
_LINES = 9  # of the list that are seen at once


class RetryPreview(QListWidget):
    """The list of times, and a sentence about all of them, below the fields of the schedule."""

    def __init__(self, schedule: PreferenceGroup) -> None:
        super().__init__(schedule)
        self._schedule = schedule
        self._total = note(schedule, "retryTotal")
        self.setObjectName("retryPreview")
        self.setAccessibleName(self.tr("When a message would be tried again"))
        self.setUniformItemSizes(True)
        self.setFixedHeight(
            self.fontMetrics().lineSpacing() * _LINES + 2 * self.frameWidth() + _LINES
        )
        add_row(schedule.form, self.tr("&Preview:"), self)
        add_note(schedule.form, self._total)
        schedule.edited.connect(self._follow)

    def _follow(self) -> None:
        values = self._schedule.values()
        self.clear()
        self.setEnabled(values is not None)
        if values is None:
            self._total.setText(self.tr("Correct the schedule to see what it comes to."))
        else:
            self._show(replace(Preferences(), **values).retry)

    def _show(self, policy: RetryPolicy) -> None:
        found = preview(policy, _PREVIEWED)
        start = QDateTime.currentDateTime()
        for number, seconds in enumerate(found.times, start=1):
            self.addItem(
                self.tr("Retry {number} after {duration} · {time}").format(
                    number=number, duration=in_words(seconds), time=_clock(start, seconds)
                )
            )
        if found.retries > len(found.times):
            self.addItem(
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
