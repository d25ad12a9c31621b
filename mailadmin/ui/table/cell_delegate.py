"""How a cell is drawn and what its tooltip says."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from mailadmin.ui.table.model import TableModel
from mailadmin.ui.words.cell_text import plain_tooltip

_Feature = QStyleOptionViewItem.ViewItemFeature
_TEXT = _Feature.HasDisplay
_TEXT_AND_ICON = _Feature.HasDisplay | _Feature.HasDecoration


class CellDelegate(QStyledItemDelegate):
    """Draws the cells of `model`.

    A tooltip is shown only where it adds to what is read in the cell already.
    """

    def __init__(self, model: TableModel[Any], view: QAbstractItemView) -> None:
        super().__init__(view)
        self._model = model
        self._alignments = [Qt.AlignmentFlag(column.align) for column in model.columns]

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """What is drawn of a cell.

        Qt's own asks the model seven times for each cell. Each question may have to wait until
        another thread lets the interpreter go, so that a table would scroll in jerks while mail
        is sent.
        """
        column = index.column()
        text, icon = self._model.cell(index.row(), column)
        option.index = index  # type: ignore[assignment]  # Qt gives no persistent one
        option.displayAlignment = self._alignments[column]
        option.text = text
        if icon is None:
            option.features = _TEXT
        else:
            option.features = _TEXT_AND_ICON
            option.icon = icon

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """The whole text of an elided cell, or what the column has to add."""
        if event.type() != QEvent.Type.ToolTip:
            return super().helpEvent(event, view, option, index)
        hint = index.data(Qt.ItemDataRole.ToolTipRole)
        shown = index.data(Qt.ItemDataRole.DisplayRole)
        if not hint or (hint == shown and not self._is_elided(option, index)):
            QToolTip.hideText()
        else:
            QToolTip.showText(event.globalPos(), plain_tooltip(str(hint)), view)
        return True

    def _is_elided(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        return self.sizeHint(option, index).width() > option.rect.width()
