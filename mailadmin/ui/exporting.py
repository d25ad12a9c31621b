"""The Export action of a table: which file, how far, how it ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from mailadmin.core.errors import KnownError
from mailadmin.core.export_column import ExportColumn
from mailadmin.ui.background import Background
from mailadmin.ui.inline_message import InlineMessage
from mailadmin.ui.table_export import TableExport
from mailadmin.ui.table_view import TableView


class Exporting(QObject):
    """Exports what `table` shows, one file at a time, and tells about it in `message`."""

    def __init__(
        self,
        table: TableView[Any],
        message: InlineMessage,
        background: Background,
        file_name: str,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._table = table
        self._message = message
        self._background = background
        self._file_name = file_name
        self._export: TableExport | None = None
        self._path = Path()
        self._cancel_action = QAction(self.tr("Cancel"), self)
        self._cancel_action.setObjectName("cancelExportAction")
        self._cancel_action.triggered.connect(self._cancel)

    def ask(self) -> None:
        """Ask for a file and write all rows found to it."""
        if self._export is not None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self._table.window(),
            self.tr("Export what the table shows"),
            self._file_name,
            self.tr("Comma-separated values (*.csv)"),
        )
        if name:
            self.write(Path(name))

    def write(self, path: Path) -> None:
        """Write all rows found to a CSV file, the columns as they are shown."""
        model = self._table.table_model()
        shown = self._table.column_choice.visible_sections()
        columns = [
            ExportColumn(column.heading(), column.value)
            for column in (model.columns[section] for section in shown)
        ]
        export = TableExport(
            model.source, model.query, columns, path, background=self._background, parent=self
        )
        export.progressed.connect(self._progressed)
        export.finished.connect(self._finished)
        export.failed.connect(self._failed)
        export.cancelled.connect(self._cancelled)
        self._export = export
        self._path = path
        export.start()

    def _progressed(self, written: int, found: int) -> None:
        number = self._table.locale().toString
        text = self.tr("Exporting: {written} of {found}.").format(
            written=number(written), found=number(found)
        )
        self._message.show_info(text, self._cancel_action)

    def _finished(self, rows: int) -> None:
        self._end()
        if rows == 1:
            text = self.tr("1 row was exported to {path}.").format(path=self._path)
        else:
            count = self._table.locale().toString(rows)
            text = self.tr("{count} rows were exported to {path}.")
            text = text.format(count=count, path=self._path)
        self._message.show_ok(text)

    def _failed(self, error: KnownError) -> None:
        self._end()
        self._message.show_error(error)

    def _cancelled(self) -> None:
        self._end()
        self._message.show_info(self.tr("The export was cancelled; no file was written."))

    def _cancel(self) -> None:
        if self._export is not None:
            self._export.cancel()

    def _end(self) -> None:
        if self._export is not None:
            self._export.deleteLater()
        self._export = None
