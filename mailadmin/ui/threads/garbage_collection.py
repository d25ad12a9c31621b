"""Cyclic garbage is collected in the GUI thread alone.

Python collects in the thread that happens to allocate one object too many. In a background thread
that may destroy an unreferenced widget while the GUI thread is painting: Qt does not survive that.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL = 500  # milliseconds


def collect_due() -> int:
    """Collect the generations that are due by Python's rules; return the number of objects."""
    due = -1
    for generation, (count, threshold) in enumerate(
        zip(gc.get_count(), gc.get_threshold(), strict=True)
    ):
        if count <= threshold:
            break
        due = generation
    return gc.collect(due) if due >= 0 else 0


class GarbageCollection(QObject):
    """Collects in the thread of its `parent`, and in no other, until it is stopped."""

    def __init__(self, parent: QObject, interval: int = INTERVAL) -> None:
        super().__init__(parent)
        self._automatic = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self, interval=interval)
        self._timer.timeout.connect(collect_due)
        self._timer.start()

    def stop(self) -> None:
        """Leave the collection to Python again, if it was enabled before."""
        self._timer.stop()
        if self._automatic:
            gc.enable()
