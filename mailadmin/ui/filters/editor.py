"""What every editor of a column's filter does, whatever it looks like."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from mailadmin.ui.table.filter_kinds import Chosen

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_PLAIN = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.KeypadModifier,
)


class FilterEditor(QObject):
    """Lets the user choose a filter in `widget`.

    Down and Enter go to the table; Esc clears, and goes there too if there is nothing to clear.
    Plain keys are no shortcuts while it has the focus: they are not for rows selected in the table.
    """

    chosen = Signal(object)  # Chosen or None
    leave = Signal()  # the keys are for the table now

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.widget = widget
        widget.installEventFilter(self)

    def show_chosen(self, chosen: Chosen | None) -> None:
        """Show what the column is filtered by, which may have been chosen elsewhere."""
        raise NotImplementedError

    def clear(self) -> bool:
        """Forget everything, also what was typed and means nothing; False: there is nothing."""
        raise NotImplementedError

    def settle(self) -> None:
        """Choose what was typed now, if that would be done a moment later."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at the keys before the editor does."""
        if isinstance(event, QKeyEvent) and event.modifiers() in _PLAIN:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
            elif event.type() == QEvent.Type.KeyPress:
                return self._pressed(event.key())
        return super().eventFilter(watched, event)

    def _pressed(self, key: int) -> bool:
        if key == Qt.Key.Key_Down or key in _ENTER:
            self.settle()
            self.leave.emit()
        elif key == Qt.Key.Key_Escape:
            if not self.clear():
                self.leave.emit()
        else:
            return False
        return True
