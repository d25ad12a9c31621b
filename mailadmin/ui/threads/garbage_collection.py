"""Circular garbage is collected in the GUI thread alone.

Python collects in whichever thread makes one object too many. If that is a background thread it
may destroy a widget that nobody refers to any more, there and then, while the GUI thread is
painting: Qt does not survive that.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL = 500  # milliseconds


def collect_due() -> int:
    """Collect as many generations as Python would by now; gives the number of objects found."""
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
        """Leave it to Python again, if it was before."""
        self._timer.stop()
        if self._automatic:
            gc.enable()
