"""Lays widgets out one after another, in as many lines as they need."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from mailadmin.ui.threads.task import alive

_SPACING = 4  # pixels between two widgets, and at the ends


class FlowBox(QWidget):
    """A box whose lines wrap; they begin at the right in a right-to-left window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widgets: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Show these children, in this order."""
        self._widgets = list(widgets)
        self._arrange(self.width(), move=True)
        for widget in self._widgets:
            widget.show()
        self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        """Whether the height depends on the width: the narrower, the more lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines in pixels."""
        return self._arrange(width, move=False)

    def sizeHint(self) -> QSize:
        """Return the present height with the smallest width: any width will do."""
        return QSize(self.minimumSizeHint().width(), self._arrange(self.width(), move=False))

    def minimumSizeHint(self) -> QSize:
        """Return an empty size: a widget too wide for its line is cut off."""
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the widgets anew: more or fewer fit into a line."""
        super().resizeEvent(event)
        self._arrange(self.width(), move=True)

    def changeEvent(self, event: QEvent) -> None:
        """Arrange the widgets anew for another font or direction."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LayoutDirectionChange, QEvent.Type.FontChange):
            self.set_widgets([widget for widget in self._widgets if alive(widget)])

    def _arrange(self, width: int, *, move: bool) -> int:
        """Lay the widgets out in `width` pixels; return the height they take."""
        top = 0
        box = QRect(0, 0, width, self.height())
        for line in self._lines(width - 2 * _SPACING):
            x, height = _SPACING, max(size.height() for _, size in line)
            for widget, size in line:
                if move:
                    place = QRect(QPoint(x, top + (height - size.height()) // 2), size)
                    widget.setGeometry(QStyle.visualRect(self.layoutDirection(), box, place))
                x += size.width() + _SPACING
            top += height + _SPACING
        return max(0, top - _SPACING)

    def _lines(self, width: int) -> list[list[tuple[QWidget, QSize]]]:
        """Return the widgets of each line of `width` pixels, with their sizes."""
        lines: list[list[tuple[QWidget, QSize]]] = []
        room = 0
        # While a window is destroyed its fonts may change after its first children are gone.
        for widget in filter(alive, self._widgets):
            size = widget.sizeHint()
            size.setWidth(min(size.width(), max(1, width)))
            if not lines or size.width() > room:
                lines.append([])
                room = width
            lines[-1].append((widget, size))
            room -= size.width() + _SPACING
        return lines
