"""The licences of the program's parts: a list, and the texts of the part that is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mailadmin.licenses import Work

_LIST, _TEXT, _HEIGHT = 44, 82, 28  # average characters, average characters, lines


class LicensesDialog(QDialog):
    """Shows `works`, of which there is at least one."""

    def __init__(self, works: list[Work], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("licensesDialog")
        self.setWindowTitle(self.tr("Licences"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._works = works
        self._list = QListWidget(self)
        self._list.setObjectName("licensesList")
        self._list.setAccessibleName(self.tr("What Mail Admin is made of"))
        for work in works:
            item = QListWidgetItem(work.title)
            item.setToolTip(work.license)
            self._list.addItem(item)
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("licenseText")
        self._text.setAccessibleName(self.tr("Licence"))
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        splitter = QSplitter(self)
        splitter.addWidget(self._list)
        splitter.addWidget(self._text)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(splitter, 1)
        layout.addWidget(buttons)
        width = self.fontMetrics().averageCharWidth()
        wide = self._text.fontMetrics().averageCharWidth()
        splitter.setSizes([_LIST * width, _TEXT * wide])
        self.resize(_LIST * width + _TEXT * wide, _HEIGHT * self.fontMetrics().lineSpacing())
        self._list.currentRowChanged.connect(self._show)
        self._list.setCurrentRow(0)

    def _show(self, row: int) -> None:
        work = self._works[row]
        try:
            text = work.read()
        except OSError as error:
            text = self.tr("The text can't be read: {reason}").format(reason=error)
        self._text.setPlainText(f"{work.title}: {work.license}\n\n{text}\n")
