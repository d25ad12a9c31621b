"""Which columns a table shows, where and how wide: chosen in the header's menu, remembered."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QPoint, QSettings, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent, QCursor
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView, QWidget

from mailadmin.ui.table.column_keys import ColumnKeys
from mailadmin.ui.table.model import TableModel

_REFERENCE_TEXT = "0123456789"
_REFERENCE_WIDTH = 70.0  # pixels of that text in the font that Column.width is meant for
_NARROWEST = 24
_SAVE_DELAY = 500  # milliseconds: dragging a border says a hundred times how wide it is


class TableColumns(QObject):
    """Arranges the header of `table`.

    Saved by column key, not by number, in the group `tables/<object name of the table>`, so that a
    version with other columns reads what an older one wrote. Widths are saved for the reference
    font, so that they fit with another one.
    """

    def __init__(
        self, table: QTableView, model: TableModel[Any], settings: QSettings | None
    ) -> None:
        super().__init__(table)
        self._table = table
        self._header = table.horizontalHeader()
        self._model = model
        self._settings = settings
        self._timer = QTimer(self, singleShot=True, interval=_SAVE_DELAY)
        self._timer.timeout.connect(self.save)
        self._arranging = False
        self._keys = ColumnKeys(table)
        header = self._header
        header.setSectionsMovable(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(_NARROWEST)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setResizeContentsPrecision(0)  # measure what is on screen, not a thousand rows
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        # With the table's own selection Qt looks at every row of it whenever it paints the header,
        # to find out whether a whole column is selected: seconds in a table of a million rows.
        header.setSelectionModel(QItemSelectionModel(model, header))
        self.restore()
        header.sectionMoved.connect(self._changed)
        header.sectionResized.connect(self._changed)
        header.sortIndicatorChanged.connect(self._changed)
        header.installEventFilter(self)

    # the menu -----------------------------------------------------------------------------------

    def menu(self) -> QMenu:
        """A check mark per column, what can be done with them, the way back to how it was."""
        menu = QMenu(self._header)
        menu.setObjectName("columnsMenu")
        self._fill(menu)
        return menu

    def submenu(self, title: str, parent: QWidget) -> QMenu:
        """The same for another menu, made anew each time it is opened."""
        menu = QMenu(title, parent)
        menu.setObjectName("columnsSubmenu")
        menu.aboutToShow.connect(lambda: self._fill(menu))
        return menu

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        shown = [i for i in range(self._header.count()) if not self._header.isSectionHidden(i)]
        for visual in range(self._header.count()):
            section = self._header.logicalIndex(visual)
            column = self._model.columns[section]
            action = QAction(column.heading().replace("&", "&&"), menu, checkable=True)
            action.setObjectName(f"{column.key}ColumnAction")
            action.setChecked(section in shown)
            action.setEnabled(
                shown != [section]
            )  # a table without columns could not be brought back
            action.toggled.connect(lambda on, section=section: self.set_visible(section, on))
            menu.addAction(action)
        menu.addSeparator()
        menu.addActions(self._keys.actions)
        fit = menu.addAction(self.tr("Fit widths to content"))
        fit.setObjectName("fitColumnsAction")
        fit.triggered.connect(self.fit)
        reset = menu.addAction(self.tr("Reset columns"))
        reset.setObjectName("resetColumnsAction")
        reset.triggered.connect(self.reset)

    def set_visible(self, section: int, on: bool) -> None:
        """Show or hide one column."""
        self._header.setSectionHidden(section, not on)
        self._changed()

    def fit(self) -> None:
        """Make every column as wide as what is on screen."""
        self._table.resizeColumnsToContents()

    def reset(self) -> None:
        """Show the columns as they are without the user's choices."""
        self._arrange([])
        self._changed()

    def show_order(self, key: str, *, descending: bool) -> None:
        """Have the rows sorted by a column, as a click on its title does."""
        for section, column in enumerate(self._model.columns):
            if column.key == key and column.sortable:
                order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
                self._header.setSortIndicator(section, order)

    def visible_sections(self) -> list[int]:
        """Columns shown, from the first on screen to the last."""
        sections = [self._header.logicalIndex(i) for i in range(self._header.count())]
        return [section for section in sections if not self._header.isSectionHidden(section)]

    # remembering --------------------------------------------------------------------------------

    def save(self) -> None:
        """Write down the columns and the order of the rows."""
        self._timer.stop()
        if self._settings is None:
            return
        group = f"tables/{self._table.objectName()}"
        self._settings.setValue(f"{group}/columns", self._state())
        query = self._model.query
        self._settings.setValue(f"{group}/sort", query.sort)
        self._settings.setValue(f"{group}/descending", "1" if query.descending else "0")

    def restore(self) -> None:
        """Arrange columns and sort as they were saved last."""
        group = f"tables/{self._table.objectName()}"
        saved = self._settings.value(f"{group}/columns") if self._settings else None
        self._arrange([saved] if isinstance(saved, str) else list(saved or ()))
        sort, descending = self._model.query.sort, self._model.query.descending
        if self._settings is not None:
            sort = str(self._settings.value(f"{group}/sort", sort))
            descending = str(self._settings.value(f"{group}/descending", int(descending))) == "1"
        self.show_order(sort, descending=descending)

    def _state(self) -> list[str]:
        """ "key:width:visible" of every column in the order on screen."""
        state = []
        visible = self.visible_sections()
        last = visible[-1] if visible else -1
        for visual in range(self._header.count()):
            section = self._header.logicalIndex(visual)
            column = self._model.columns[section]
            hidden = self._header.isSectionHidden(section)
            # the last one fills the window, so its width says nothing about it
            stretched = hidden or section == last
            width = column.width if stretched else self._header.sectionSize(section) / self._scale()
            state.append(f"{column.key}:{round(width)}:{int(not hidden)}")
        return state

    def _arrange(self, state: list[str]) -> None:
        self._arranging = True
        places = {column.key: section for section, column in enumerate(self._model.columns)}
        chosen: dict[str, tuple[int, bool]] = {}
        for entry in state:
            key, _, rest = str(entry).partition(":")
            width, _, shown = rest.partition(":")
            if key in places and width.isascii() and width.isdigit():
                chosen[key] = (int(width), shown == "1")
        for key, column in zip(places, self._model.columns, strict=True):
            chosen.setdefault(key, (column.width, column.visible))
        if not any(shown for _, shown in chosen.values()):
            chosen = {key: (width, True) for key, (width, _) in chosen.items()}
        for visual, (key, (pixels, visible)) in enumerate(chosen.items()):
            section = places[key]
            self._header.moveSection(self._header.visualIndex(section), visual)
            self._header.setSectionHidden(section, not visible)
            self._header.resizeSection(section, max(_NARROWEST, round(pixels * self._scale())))
        self._arranging = False

    def _scale(self) -> float:
        width = self._table.fontMetrics().horizontalAdvance(_REFERENCE_TEXT)
        return max(0.5, width / _REFERENCE_WIDTH)

    def _changed(self) -> None:
        if not self._arranging:
            self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The header's context menu."""
        if isinstance(event, QContextMenuEvent):
            self.show_menu(event.globalPos())
            return True
        return super().eventFilter(watched, event)

    def show_menu(self, position: QPoint | None = None) -> None:
        """Open the menu at a place on the screen, by default at the mouse."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(position or QCursor.pos())
