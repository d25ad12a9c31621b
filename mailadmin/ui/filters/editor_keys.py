"""The keys of a field that filters a table: a column's filter, or the search."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_PLAIN = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.KeypadModifier,
)


class EditorKeys(QObject):
    """Down and Enter go to the table; Esc clears, and goes there too if there is nothing to clear.

    Plain keys are no shortcuts while `widget` has the focus: they are not for rows selected in the
    table.
    """

    leave = Signal()  # the keys are for the table now

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.widget = widget
        widget.installEventFilter(self)

    def clear(self) -> bool:
        """Forget everything, also what was typed and means nothing; False: there is nothing."""
        raise NotImplementedError

    def settle(self) -> None:
        """Do at once what would be done a moment later."""

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
