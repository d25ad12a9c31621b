"""When a table is read: one reading at a time, not too often, and later again after a failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from mailadmin.domain.errors import KnownError
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.task import Task

T = TypeVar("T")

REFRESH_INTERVAL = 0.2  # seconds between two readings at least
RETRY_INTERVAL = 5.0  # seconds after a reading that failed


class ReadingSchedule(QObject):
    """Says when to read (`due`), and runs the readings in the background."""

    due = Signal()
    failed = Signal(object)  # the KnownError a reading ended with
    recovered = Signal()  # the first reading after a failure succeeded

    def __init__(self, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._task: Task[Any] | None = None  # the reading begun last
        self._running = 0  # number of the reading under way, 0 for none
        self._count = 0
        self._asked_again = False
        self._failing = False
        self._next_start = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.due)

    @property
    def running(self) -> bool:
        """Whether a reading is under way."""
        return self._running > 0

    def ask(self) -> None:
        """Have it read soon. Cheap: calls in quick succession make one reading."""
        if self._running:
            self._asked_again = True
        elif not self._timer.isActive() or self._next_start == 0.0:
            self._timer.start(max(0, round((self._next_start - time.monotonic()) * 1000)))

    def start_over(self) -> None:
        """Nobody waits any more for the reading under way; the next one may begin at once."""
        self._next_start = 0.0
        if self._task is not None:
            self._task.cancel()
            self._running = 0

    def run(
        self, work: Callable[[], T], take: Callable[[T], object], *, long: bool = False
    ) -> None:
        """Read now, then call `take`; if a reading is under way, once more after it."""
        if self._running:
            self._asked_again = True
            return
        self._count += 1
        self._running = self._count
        self._asked_again = False
        self._task = self._background.run(
            work,
            partial(self._succeed, take),
            self._fail,
            owner=self,
            ended=partial(self._end, self._running),
            long=long,
        )

    def rest_after(self, seconds: float) -> None:
        """After a reading of so many seconds others get time before the next one."""
        self._next_start = time.monotonic() + max(REFRESH_INTERVAL, 2 * seconds)

    def _succeed(self, take: Callable[[T], object], result: T) -> None:
        self._running = 0
        if self._failing:
            self._failing = False
            take(result)
            self.recovered.emit()
        else:
            take(result)
        if self._asked_again and not self._running:
            self.ask()

    def _end(self, number: int) -> None:
        if self._running == number:  # by a bug, reported elsewhere; a later reading tries again
            self._running = 0

    def _fail(self, error: KnownError) -> None:
        self._running = 0
        self.note_failure(error)

    def note_failure(self, error: KnownError) -> None:
        """Tell of a failure, also of one elsewhere at the same source, and read again later."""
        self._failing = True
        self._next_start = time.monotonic() + RETRY_INTERVAL
        self.failed.emit(error)
        self.ask()
