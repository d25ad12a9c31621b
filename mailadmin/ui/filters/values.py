"""Editor of filters by a list of values, each with a box to check and the number of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mailadmin.tables.choice import Chosen
from mailadmin.tables.query import OneOf, ValueCount
from mailadmin.ui.filters.popup import PopupFilterEditor, below
from mailadmin.ui.filters.table_filters import TableFilters
from mailadmin.ui.filters.words import in_words
from mailadmin.ui.table.column import ShownColumn
from mailadmin.ui.threads.background import Background
from mailadmin.ui.words.cell_text import one_line

_MOST_ROWS = 12  # on screen at once
_WORD, _COUNT = 0, 1
_VALUE = int(Qt.ItemDataRole.UserRole)


class ValuesFilterEditor(PopupFilterEditor):
    """Finds cells with one of the checked values."""

    def __init__(
        self, column: ShownColumn[Any], filters: TableFilters, background: Background
    ) -> None:
        super().__init__(column, filters)
        self._background = background

    def show_chosen(self, chosen: Chosen | None) -> None:
        """Say which values."""
        checked = _checked(chosen)
        icon = self.column.icon_of(checked[0]) if len(checked) == 1 else None
        words = "" if chosen is None else in_words(chosen, self.column)
        self.box.show_summary(words, icon)

    def open(self) -> None:
        """Offer the values and read how many rows have them."""
        popup = ValuesPopup(self.column, _checked(self.chosen), self.box)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.picked.connect(self._choose)
        popup.open_below(self.box)
        model = self._filters.model
        self._background.run(
            partial(model.source.value_counts, model.query, self.column.key),
            popup.show_counts,
            popup.show_no_counts,
            key=(ValuesPopup, id(self)),
            owner=popup,
            long=True,
        )

    @Slot(tuple)
    def _choose(self, values: tuple[str, ...]) -> None:
        self.choose(OneOf(values) if values else None)


def _checked(chosen: Chosen | None) -> tuple[str, ...]:
    return chosen.values if isinstance(chosen, OneOf) else ()


class ValuesPopup(QFrame):
    """The values with boxes. With none or all of them checked every row is shown."""

    picked = Signal(tuple)  # values; none: all rows

    def __init__(self, column: ShownColumn[Any], checked: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._column = column
        self.setObjectName("valuesPopup")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)
        self.setWindowTitle(parent.accessibleName())
        self._list = self._make_list(parent.accessibleName())
        for value in (*column.offered, *(each for each in checked if each not in column.offered)):
            self._add(value, checked=value in checked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self._list)
        layout.addLayout(self._make_buttons())
        self.setFocusProxy(self._list)
        self._list.itemChanged.connect(self._changed)

    def open_below(self, box: QWidget) -> None:
        """Show it, as wide as `box` at least."""
        self._fit(box.width())
        self.move(below(box, self.size()))
        self.show()
        self._list.setFocus(Qt.FocusReason.PopupFocusReason)
        self._list.setCurrentIndex(self._list.model().index(0, _WORD))

    def show_counts(self, counts: Sequence[ValueCount]) -> None:
        """Say how many rows have each value; offer those that nobody knew of."""
        numbers = {each.value: each.count for each in counts}
        known = {item.data(_WORD, _VALUE) for item in self._items()}
        for value in numbers:
            if value not in known:
                self._add(value, checked=False)
        for item in self._items():
            number = numbers.get(item.data(_WORD, _VALUE), 0)
            item.setText(_COUNT, self.locale().toString(number))
        self._fit(self.width())

    def show_no_counts(self, _error: object = None) -> None:
        """What can't be read is not said; the table tells why."""
        for item in self._items():
            item.setText(_COUNT, "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click anywhere in a row checks it; Enter is done."""
        if (
            watched is self._list.viewport()
            and isinstance(event, QMouseEvent)
            and event.type() in (QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)
        ):
            item = self._list.itemAt(event.position().toPoint())
            if item is not None and event.button() == Qt.MouseButton.LeftButton:
                on = item.checkState(_WORD) == Qt.CheckState.Checked
                self._set(item, not on)
            return True
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self.close()
            return True
        return super().eventFilter(watched, event)

    # --- its parts ----------------------------------------------------------------------------

    def _make_list(self, name: str) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setObjectName("valuesList")
        tree.setAccessibleName(name)
        tree.setColumnCount(2)
        tree.setHeaderHidden(True)
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setFrameShape(QFrame.Shape.NoFrame)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(_WORD, QHeaderView.ResizeMode.Stretch)
        tree.header().setSectionResizeMode(_COUNT, QHeaderView.ResizeMode.ResizeToContents)
        # Empty boxes have the list's usual background; on that they can't be seen in the dark.
        tree.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        tree.installEventFilter(self)
        tree.viewport().installEventFilter(self)
        return tree

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for name, text, values in (
            ("allValuesButton", self.tr("&All"), True),
            ("noValuesButton", self.tr("&None"), False),
        ):
            button = QPushButton(text, self)
            button.setObjectName(name)
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._check_all, values))
            row.addWidget(button)
        hint = QLabel(self.tr("Nothing checked: all rows"), self)
        hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        row.addWidget(hint, 1)
        return row

    def _add(self, value: str, *, checked: bool) -> None:
        item = QTreeWidgetItem([one_line(self._column.word_of(value)), "…"])
        item.setData(_WORD, _VALUE, value)
        item.setIcon(_WORD, self._column.icon_of(value))
        item.setTextAlignment(_COUNT, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setCheckState(_WORD, Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
        self._list.addTopLevelItem(item)

    def _items(self) -> list[QTreeWidgetItem]:
        root = self._list.invisibleRootItem()
        items = (root.child(row) for row in range(root.childCount()))
        return [item for item in items if item is not None]

    def _fit(self, least: int) -> None:
        tree = self._list
        rows = min(_MOST_ROWS, tree.topLevelItemCount())
        height = max(tree.sizeHintForRow(0), 1) * rows + 2 * tree.frameWidth()
        width = tree.sizeHintForColumn(_WORD) + tree.sizeHintForColumn(_COUNT) + 24
        if tree.topLevelItemCount() > rows:
            width += tree.verticalScrollBar().sizeHint().width()
        tree.setFixedHeight(height)
        tree.setMinimumWidth(width)
        self.resize(QSize(max(least, self.sizeHint().width()), self.sizeHint().height()))

    def _set(self, item: QTreeWidgetItem, on: bool) -> None:
        item.setCheckState(_WORD, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    def _check_all(self, on: bool, _clicked: bool = False) -> None:
        self._list.blockSignals(True)
        for item in self._items():
            self._set(item, on and item.data(_WORD, _VALUE) not in self._column.overlapping)
        self._list.blockSignals(False)
        self._pick()

    @Slot(QTreeWidgetItem, int)
    def _changed(self, _item: QTreeWidgetItem, column: int) -> None:
        if column == _WORD:
            self._pick()

    def _pick(self) -> None:
        items = self._items()
        checked = [
            item.data(_WORD, _VALUE)
            for item in items
            if item.checkState(_WORD) == Qt.CheckState.Checked
        ]
        plain = [item.data(_WORD, _VALUE) for item in items]
        plain = [value for value in plain if value not in self._column.overlapping]
        everything = set(plain) <= set(checked)
        self.picked.emit(() if everything else tuple(checked))
