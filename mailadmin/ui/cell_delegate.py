"""How a cell is drawn and what its tooltip says."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from mailadmin.ui.cell_text import plain_tooltip


class CellDelegate(QStyledItemDelegate):
    """Shows a tooltip only where it adds to what is read in the cell already."""

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
