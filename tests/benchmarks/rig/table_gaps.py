"""How long the window's thread is kept from its event loop while its user scrolls a long table."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

from PySide6.QtCore import QObject, Qt, QTimer

from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.table.view import AnyTableView
from tests.benchmarks.rig.table_steps import open_window
from tests.benchmarks.rig.window_gaps import Gaps, Ticks, linger, pause, wait

_SETTLE = 1500  # milliseconds
_STEP = 16  # milliseconds between two turns of the wheel
_LINES = 3  # of a turn
_STEPS_PER_JUMP = 40


class _Scroller(QObject):
    """Turns the wheel all the time, and now and then drags the scroll bar somewhere else."""

    def __init__(self, table: AnyTableView) -> None:
        super().__init__(table)
        self._bar = table.verticalScrollBar()
        self._random = Random(9)
        self._steps = 0
        self._timer = QTimer(self, interval=_STEP, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._step)
        self._timer.start()

    def stop(self) -> None:
        """Let go of the wheel."""
        self._timer.stop()

    def _step(self) -> None:
        self._steps += 1
        if self._steps % _STEPS_PER_JUMP == 0:
            self._bar.setValue(self._random.randrange(self._bar.maximum() + 1))
        else:
            self._bar.setValue(self._bar.value() + _LINES)


def scrolling_gaps(
    database: Path, folder: Path, tab: int, seconds: float, scrolling: bool, sending: bool
) -> tuple[Gaps, int]:
    """Gaps of `seconds` with `tab` in front, at most until all new mail is sent; and how much was.

    For a process of its own.
    """
    store = Store.open(database, standard_drivers())
    waiting = store.queue.count()
    app, window = open_window(database, folder)
    front = window.tabs[tab]
    window.show_tab(front)
    wait(lambda: front.model.complete)
    linger(_SETTLE)
    ticks = Ticks(window)
    scroller = _Scroller(front.table) if scrolling else None
    pause(window, not sending)
    ticks.timer.start()
    began = time.perf_counter()
    linger(round(seconds * 1000), lambda: sending and not _new_mail(store))
    passed = time.perf_counter() - began
    ticks.timer.stop()
    sent = waiting - store.queue.count()
    if scroller is not None:
        scroller.stop()
    window.close()
    store.close()
    return ticks.gaps(app.platformName(), passed), sent


def _new_mail(store: Store) -> int:
    return store.queue.summary().counts.get(QueueStatus.QUEUED, 0)
