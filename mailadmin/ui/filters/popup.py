"""Editors of filters that are chosen: a box that says what, and a popup to choose in."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QWidget

from mailadmin.ui.filters.editor import FilterEditor
from mailadmin.ui.filters.table_filters import TableFilters
from mailadmin.ui.table.column import ShownColumn
from mailadmin.ui.words.cell_text import plain_tooltip

_OPENING = (Qt.Key.Key_Space, Qt.Key.Key_F4, Qt.Key.Key_Select)


class SummaryBox(QComboBox):
    """Looks like a combo box and says what is chosen; what it opens is somebody else's."""

    popupWanted = Signal()

    def __init__(self, nothing: str) -> None:
        """`nothing` is what it says while nothing is chosen."""
        super().__init__()
        self.setPlaceholderText(nothing)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def show_summary(self, text: str, icon: QIcon | None = None) -> None:
        """Say what is chosen; "": nothing."""
        self.clear()
        if text:
            self.addItem(icon or QIcon(), text)
        self.setCurrentIndex(0 if text else -1)
        self.setToolTip(plain_tooltip(text) if text else "")

    def showPopup(self) -> None:
        """Let the popup be opened."""
        self.popupWanted.emit()

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Shorten the text to what fits."""
        super().initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        room = field.width() - 2
        if not option.currentIcon.isNull():
            room -= option.iconSize.width() + 4
        option.currentText = self.fontMetrics().elidedText(
            option.currentText,
            Qt.TextElideMode.ElideRight,
            room,
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the popup; letters choose nothing."""
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        arrow = event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up)
        if event.key() in _OPENING or (alt and arrow):
            self.showPopup()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the table."""
        event.ignore()


class PopupFilterEditor(FilterEditor):
    """A box with a popup. A subclass makes the popup when it is wanted."""

    def __init__(self, column: ShownColumn[Any], filters: TableFilters) -> None:
        self.box = SummaryBox(self.tr("All"))
        super().__init__(self.box, column, filters)
        self.box.popupWanted.connect(self.open)

    def open(self) -> None:
        """Open the popup below the box."""
        raise NotImplementedError

    def clear(self) -> bool:
        """Show all rows."""
        filtered = self.chosen is not None
        self.choose(None)
        return filtered

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Delete and Backspace clear, as they do where one can write."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        ):
            self.clear()
            return True
        return super().eventFilter(watched, event)


def below(box: QWidget, size: QSize) -> QPoint:
    """Where a popup of that size opens: below `box`, or above it, and on its screen."""
    screen = box.screen().availableGeometry()
    corner = box.mapToGlobal(box.rect().bottomLeft()) + QPoint(0, 1)
    if box.layoutDirection() == Qt.LayoutDirection.RightToLeft:
        corner.setX(corner.x() + box.width() - size.width())
    if corner.y() + size.height() > screen.bottom():
        above = corner.y() - box.height() - size.height() - 1
        corner.setY(max(screen.top(), above))
    corner.setX(max(screen.left(), min(corner.x(), screen.right() - size.width())))
    return corner
