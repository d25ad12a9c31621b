"""A table's header with a row of editors below the titles, one for each column."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyleOptionHeader, QTableView, QWidget

_GAP = 1  # pixel between two editors
_ROOM_FOR_ARROW = "\u2002"  # Qt's arrow stands on the last letter of a title at the right


class FilterHeader(QHeaderView):
    """The row is empty until `show_row` is given what makes the editor of a column.

    Editors move with their columns. They are made after the first painting, because a user waits
    for that; the room for them is there from the beginning.
    """

    editorsMade = Signal()
    lookChanged = Signal()  # another font or style: the row needs another height

    def __init__(self, table: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
        self._make: Callable[[int], QWidget | None] | None = None
        self._editors: dict[int, QWidget] = {}
        self._row_height = 0
        self._painted = False
        self.setSectionsClickable(True)
        self._placing = QTimer(self, singleShot=True, interval=0)
        self._placing.timeout.connect(self.place_editors)
        self.sectionResized.connect(self._place_soon)
        self.sectionMoved.connect(self._place_soon)
        self.sectionCountChanged.connect(self._place_soon)
        table.horizontalScrollBar().valueChanged.connect(self._scrolled)
        self.viewport().installEventFilter(self)

    @property
    def row_shown(self) -> bool:
        """Whether there is a row of editors."""
        return self._make is not None and self._row_height > 0

    def show_row(self, make: Callable[[int], QWidget | None], height: int) -> None:
        """Show a row `height` pixels high; `make` makes the editor of a section when needed."""
        self._make = make
        self._set_height(height)
        if self._painted:
            self._placing.start()

    def hide_row(self) -> None:
        """Show the titles alone."""
        if any(editor.hasFocus() for editor in self._editors.values()):
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._set_height(0)
        for editor in self._editors.values():
            editor.hide()

    def editor(self, section: int) -> QWidget | None:
        """The editor of a column, made now if it was not yet."""
        if self._make is not None and section not in self._editors:
            editor = self._make(section)
            if editor is None:
                return None
            editor.setParent(self)
            editor.installEventFilter(self)
            self._editors[section] = editor
        return self._editors.get(section)

    def editors(self) -> list[QWidget]:
        """The editors there are, in the order on screen, without those of hidden columns."""
        sections = (self.logicalIndex(visual) for visual in range(self.count()))
        return [
            self._editors[section]
            for section in sections
            if section in self._editors and not self.isSectionHidden(section)
        ]

    def show_section(self, editor: QWidget) -> None:
        """Scroll sideways until an editor's column is on screen."""
        for section, each in self._editors.items():
            if each is editor:
                bar, room = self._table.horizontalScrollBar(), self.viewport().width()
                first = self.sectionPosition(section)  # from the first column on, also mirrored
                end = first + self.sectionSize(section)
                if first < self.offset():
                    bar.setValue(first)
                elif end > self.offset() + room:
                    bar.setValue(min(first, end - room))

    # Qt's side ----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Titles and editors."""
        size = super().sizeHint()
        return QSize(size.width(), size.height() + self._row_height)

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, logicalIndex: int) -> None:
        """Leave room between the title and the arrow that tells the order."""
        super().initStyleOptionForIndex(option, logicalIndex)
        if option.sortIndicator != QStyleOptionHeader.SortIndicator.None_:
            option.text += _ROOM_FOR_ARROW

    def updateGeometries(self) -> None:
        """Keep the titles out of the row."""
        self.setViewportMargins(0, 0, 0, self._row_height)
        super().updateGeometries()
        self._place_soon()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Mirrored, the editors stand at the other end."""
        super().resizeEvent(event)
        self._place_soon()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nothing: what an editor has no use for is not for the header, nor for the table's rows.

        Given a letter Qt would look through all rows for a cell that begins with it.
        """
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        """Tell of another font or style."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.lookChanged.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Make the editors after the first painting; bring the one with the focus on screen."""
        kind = event.type()
        if watched is self.viewport():
            if kind == QEvent.Type.Paint and not self._painted:
                self._painted = True
                self._placing.start()
        elif kind == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self.show_section(watched)
        return super().eventFilter(watched, event)

    def _set_height(self, height: int) -> None:
        if height != self._row_height:
            self._row_height = height
            self.updateGeometry()
            self.updateGeometries()
            # the table asks for the header's height when it lays itself out
            self._table.updateGeometries()

    def _scrolled(self) -> None:
        if self._editors:
            self.place_editors()

    def _place_soon(self) -> None:
        if self._editors:
            self._placing.start()

    def place_editors(self) -> None:
        """Put each editor below the title of its column, made now if it was not yet."""
        if not self.row_shown:
            return
        top = self.height() - self._row_height
        made = len(self._editors)
        for section in range(self.count()):
            if self.isSectionHidden(section):
                if section in self._editors:
                    self._editors[section].hide()
                continue
            editor = self.editor(section)
            if editor is not None:
                editor.setGeometry(
                    self.sectionViewportPosition(section),
                    top,
                    self.sectionSize(section) - _GAP,
                    self._row_height,
                )
                editor.show()
        if len(self._editors) > made:
            self.editorsMade.emit()
