"""The Export action of a table: asks for rows and file, writes them, shows progress and result."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from mailadmin.domain.errors import KnownError
from mailadmin.export.column import ExportColumn
from mailadmin.ui.table.column import ShownColumn
from mailadmin.ui.table.view import TableView
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.widgets.progress_line import ProgressLine

if TYPE_CHECKING:  # imported when something is exported
    from mailadmin.ui.export.dialog import ExportChoice
    from mailadmin.ui.export.table_export import TableExport


class Exporting(QObject):
    """Exports rows of `table`, one file at a time, and reports in `message`."""

    def __init__(
        self,
        table: TableView[Any],
        message: InlineMessage,
        background: Background,
        *,
        name: str,
        settings: QSettings | None,
        parent: QWidget,
    ) -> None:
        """`name` is the suggested name of the file, without suffix."""
        super().__init__(parent)
        self._window = parent
        self._table = table
        self._message = message
        self._background = background
        self._name = name
        self._settings = settings
        self._export: TableExport | None = None
        self._line: ProgressLine | None = None  # while there is an export
        self._told = ""  # the result of the last export
        self._path = Path()
        self._cancel_action = QAction(self.tr("Cancel"), self)
        self._cancel_action.setObjectName("cancelExportAction")
        self._cancel_action.triggered.connect(self._cancel)

    def ask(self) -> None:
        """Ask what to export and where to, and do it."""
        if self._busy():
            return
        from mailadmin.ui.export.dialog import ExportDialog

        dialog = ExportDialog(self._table, settings=self._settings, parent=self._window)
        dialog.chosen.connect(self._ask_for_file)
        dialog.open()

    def _ask_for_file(self, choice: ExportChoice) -> None:
        from mailadmin.export.table_file import TableFormat

        kind = (
            self.tr("Comma-separated values (*.csv)")
            if choice.form is TableFormat.CSV
            else self.tr("Excel workbooks (*.xlsx)")
        )
        dialog = QFileDialog(self._window, self.tr("Export to"), "", kind)
        dialog.setObjectName("exportFileDialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(choice.form.value)
        dialog.selectFile(f"{self._name}.{choice.form}")
        dialog.fileSelected.connect(lambda name: self._check_name(Path(name), choice))
        dialog.open()

    def _check_name(self, path: Path, choice: ExportChoice) -> None:
        """Add the suffix of the kind of file, and ask if a file has the new name already."""
        if path.suffix.lower() == f".{choice.form}":
            self.write(path, choice)
            return
        path = path.with_name(f"{path.name}.{choice.form}")
        if not path.exists():
            self.write(path, choice)
            return
        box = QMessageBox(self._window)
        box.setObjectName("overwriteDialog")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Export"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("{name} exists already. Replace it?").format(name=path.name))
        replace = box.addButton(self.tr("&Replace"), QMessageBox.ButtonRole.AcceptRole)
        replace.setObjectName("confirmButton")
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        replace.clicked.connect(lambda: self.write(path, choice))
        box.open()

    def write(self, path: Path, choice: ExportChoice) -> None:
        """Write the chosen rows to the file, which is replaced if it exists."""
        if self._busy():
            return
        from mailadmin.ui.export.table_export import ExportTarget, TableExport

        model = self._table.table_model()
        by_key = {column.key: column for column in model.columns}
        export = TableExport(
            model.source,
            model.query if choice.rows is None else choice.rows,
            [_exported(by_key[key]) for key in choice.columns],
            ExportTarget(path, choice.form, choice.bom),
            background=self._background,
            parent=self,
        )
        export.progressed.connect(self._progressed)
        export.completing.connect(self._completing)
        export.finished.connect(partial(self._finished, choice))
        export.failed.connect(self._failed)
        export.cancelled.connect(self._cancelled)
        self._export = export
        self._path = path
        if self._message.text == self._told:
            self._message.dismiss()
        self._cancel_action.setEnabled(True)
        self._line = self._message.show_progress(self.tr("Exporting…"), self._cancel_action)
        export.start()

    def _progressed(self, written: int, found: int) -> None:
        number = self._table.locale().toString
        text = self.tr("Exporting: {written} of {found}.").format(
            written=number(written), found=number(found)
        )
        self._say(text)

    def _completing(self) -> None:
        self._say(self.tr("Exporting: the file is put together."))

    def _say(self, text: str) -> None:
        if self._line is not None:
            self._line.say(text)

    def _finished(self, choice: ExportChoice, rows: int) -> None:
        self._end()
        number = self._table.locale().toString
        if rows == 1:
            text = self.tr("1 row was exported to {path}.").format(path=self._path)
        else:
            text = self.tr("{count} rows were exported to {path}.")
            text = text.format(count=number(rows), path=self._path)
        gone = 0 if choice.rows is None else len(choice.rows) - rows
        if gone:
            left_out = self.tr("{count} of those selected had left the table by then.")
            self._message.show_warning(f"{text} {left_out.format(count=number(gone))}")
        else:
            self._message.show_ok(text)
        self._told = self._message.text

    def _failed(self, error: KnownError) -> None:
        self._end()
        self._message.show_error(error)
        self._told = self._message.text

    def _cancelled(self) -> None:
        self._end()
        self._message.show_info(self.tr("The export was cancelled; no file was written."))
        self._told = self._message.text

    def _cancel(self) -> None:
        self._cancel_action.setEnabled(False)
        if self._export is not None:
            self._export.cancel()

    def _busy(self) -> bool:
        """Whether an export is under way; if so, say so above its progress."""
        if self._export is None:
            return False
        self._message.show_info(
            self.tr("This table is being exported already: wait for that, or cancel it."),
            seconds=8,
        )
        return True

    def _end(self) -> None:
        if self._export is not None:
            self._export.deleteLater()
        if self._line is not None:
            self._line.end()
        self._export = self._line = None


def _exported(column: ShownColumn[Any]) -> ExportColumn[Any]:
    return ExportColumn(column.heading(), column.value, dates=column.dates)
