"""What was done to many rows in this window and can be undone, the last of it first."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True, slots=True)
class UndoStep:
    """One action. `one` and `many` say, in the user's language, that it was undone."""

    token: int  # the store's
    name: str  # as on the action's button
    count: int  # rows it changed
    one: str
    many: str


class UndoHistory(QObject):
    """Shared by the tables, so that Undo means what was done last, wherever it was."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: list[UndoStep] = []
        self._running = 0

    @property
    def last(self) -> UndoStep | None:
        """What Undo would undo now; None while something is under way."""
        return self._steps[-1] if self._steps and not self._running else None

    def push(self, step: UndoStep) -> None:
        """Something was done."""
        self._steps.append(step)
        self.changed.emit()

    def remove(self, step: UndoStep) -> None:
        """It was undone, or never can be any more."""
        self._steps.remove(step)
        self.changed.emit()

    def begin(self) -> None:
        """Something is under way, of which it is not known yet how it ends."""
        self._running += 1
        self.changed.emit()

    def end(self) -> None:
        """It has ended."""
        self._running -= 1
        self.changed.emit()
