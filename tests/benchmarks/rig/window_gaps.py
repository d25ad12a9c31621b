"""How long the window's thread is kept from its event loop while mail is sent."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QAction

from mailadmin.credentials import MemoryCredentials
from mailadmin.place.paths import AppPaths
from mailadmin.ui.app import build
from mailadmin.ui.window.main_window import MainWindow
from tests.benchmarks.rig.limits import PATIENCE
from tests.benchmarks.rig.rounds import percentile
from tests.benchmarks.rig.thread_sampler import ThreadSampler

TICK = 5  # milliseconds
_SETTLE = 1500  # milliseconds after the tables were read
_LONG = 0.012  # seconds: gaps of which a profile tells what filled them


@dataclass(frozen=True, slots=True)
class Gaps:
    """Milliseconds between two ticks of a timer of 5 ms, and how long the messages took."""

    platform: str
    p50: float
    p99: float
    longest: float
    ticks: int
    seconds: float


class Ticks:
    """A timer in the window's thread that notes the time of each tick."""

    def __init__(self, window: MainWindow) -> None:
        self.moments: list[float] = []
        self.last = time.perf_counter()
        self.timer = QTimer(window, interval=TICK, timerType=Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        self.last = time.perf_counter()
        self.moments.append(self.last)

    def gaps(self, platform: str, seconds: float) -> Gaps:
        """What was seen so far."""
        found = [(b - a) * 1000 for a, b in pairwise(self.moments)]
        return Gaps(
            platform,
            percentile(found, 0.5),
            percentile(found, 0.99),
            max(found),
            len(found),
            seconds,
        )

    def late(self) -> bool:
        """Whether the window's thread is busy with something long now."""
        return self.timer.isActive() and time.perf_counter() - self.last > _LONG


def measure_window(
    database: Path, folder: Path, tab: int, idle_seconds: float, profile: bool = False
) -> Gaps:
    """Open the window with `tab` in front, let it settle, send all mail or, with `idle_seconds`,
    none, and give the gaps during that time. For a process of its own.
    """
    app, window = build(
        ["mailadmin"], database, credentials=MemoryCredentials(), paths=AppPaths.below(folder)
    )
    queue = window.tabs[1].model
    pause(window, True)
    window.show()
    window.show_tab(window.tabs[tab])
    wait(lambda: all(each.model.loaded for each in window.tabs))
    linger(_SETTLE)
    ticks = Ticks(window)
    sampler = ThreadSampler(when=ticks.late) if profile else None
    if sampler is not None:
        sampler.__enter__()
    ticks.timer.start()
    began = time.perf_counter()
    if idle_seconds:
        linger(round(idle_seconds * 1000))
    else:
        pause(window, False)
        wait(lambda: not queue.total)
    seconds = time.perf_counter() - began
    assert idle_seconds or not queue.total, f"{queue.total} messages were not sent"
    ticks.timer.stop()
    if sampler is not None:
        sampler.__exit__(None, None, None)
        sampler.report()
    window.close()
    return ticks.gaps(app.platformName(), seconds)


def pause(window: MainWindow, paused: bool) -> None:
    """Let the window's sender stop, or go on."""
    action = window.findChild(QAction, "pauseSendingAction")
    assert action is not None
    action.setChecked(paused)


def wait(until: Callable[[], bool]) -> None:
    """Run the event loop until the condition holds. Ends the benchmark if it never does."""
    linger(round(PATIENCE * 1000), until)
    if not until():
        sys.exit(f"The window was not ready within {PATIENCE:.0f} s.")


def linger(milliseconds: int, until: Callable[[], bool] = lambda: False) -> None:
    """Run the event loop for a time, or until the condition holds."""
    loop = QEventLoop()
    look = QTimer(interval=50)
    look.timeout.connect(lambda: loop.quit() if until() else None)
    look.start()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
    look.stop()
