"""The changes of many rows that can be undone in this window, the newest first."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True, slots=True)
class UndoStep:
    """One change. `one` and `many` say, in the user's language, that it was undone."""

    token: int  # by which the store knows the change
    name: str  # as on the action's button
    count: int  # rows it changed
    one: str
    many: str


class UndoHistory(QObject):
    """The history that all tables share: Undo takes back the last change of any table."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: list[UndoStep] = []
        self._running = 0

    @property
    def last(self) -> UndoStep | None:
        """The change that Undo would take back now; None while a change is under way."""
        return self._steps[-1] if self._steps and not self._running else None

    def push(self, step: UndoStep) -> None:
        """Add a change that was made."""
        self._steps.append(step)
        self.changed.emit()

    def remove(self, step: UndoStep) -> None:
        """Remove a change that was undone or can't be undone any more."""
        self._steps.remove(step)
        self.changed.emit()

    def begin(self) -> None:
        """Note that a change is under way, so that nothing can be undone until `end`."""
        self._running += 1
        self.changed.emit()

    def end(self) -> None:
        """Note that the change has ended."""
        self._running -= 1
        self.changed.emit()
