"""The report of an import: the files that were not taken, and why."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mailadmin.ui.compose.import_files import ImportResult
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.words.cell_text import one_line, plain_tooltip
from mailadmin.ui.words.errors import explain

_WIDTH, _HEIGHT = 90, 20  # average characters, lines


class ImportReport(QDialog):
    """A list of files and reasons that can be copied."""

    def __init__(self, result: ImportResult, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importReport")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Import"))
        summary = QLabel(result.summary(), self)
        summary.setObjectName("importSummary")
        summary.setTextFormat(Qt.TextFormat.PlainText)
        summary.setWordWrap(True)
        self._list = QTreeWidget(self)
        self._list.setObjectName("refusedFiles")
        self._list.setAccessibleName(self.tr("Files that were not imported"))
        self._list.setRootIsDecorated(False)
        self._list.setAlternatingRowColors(True)
        self._list.setUniformRowHeights(True)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setHeaderLabels([self.tr("File"), self.tr("Reason")])
        self._items: list[QTreeWidgetItem] = []
        for path, error in result.refused:
            reason = explain(error)
            # the error names the file first; here the name has a column of its own
            item = QTreeWidgetItem(
                [one_line(path.name), one_line(reason.removeprefix(f"{path}: "))]
            )
            item.setIcon(0, icons.icon(IconName.FAIL, Role.BAD))
            item.setToolTip(0, plain_tooltip(str(path)))
            item.setToolTip(1, plain_tooltip(reason))
            self._items.append(item)
        self._list.addTopLevelItems(self._items)
        self._list.resizeColumnToContents(0)
        width = self.fontMetrics().averageCharWidth() * _WIDTH
        self._list.setColumnWidth(0, min(self._list.columnWidth(0), width // 2))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = QPushButton(self.tr("&Copy list"), self)
        copy.setObjectName("copyReportButton")
        icons.put(copy, IconName.COPY)
        copy.clicked.connect(self._copy)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self, self._copy)
        layout = QVBoxLayout(self)
        layout.addWidget(summary)
        layout.addWidget(self._list, 1)
        layout.addWidget(buttons)
        self.resize(width, self.fontMetrics().lineSpacing() * _HEIGHT)

    def _copy(self) -> None:
        items = self._list.selectedItems() or self._items
        QGuiApplication.clipboard().setText(
            "\n".join(f"{item.text(0)}\t{item.text(1)}" for item in items)
        )
