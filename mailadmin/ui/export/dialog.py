"""The dialog that asks which rows and columns of a table to export, to which kind of file."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGroupBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.export.table_file import TableFormat
from mailadmin.ui.table.view import TableView
from mailadmin.ui.widgets.form_rows import combo, note

_WIDTH, _LEAST_LINES = 58, 5  # width in average characters; least lines of the list of columns
_FORMAT, _BOM = "export/format", "export/bom"  # keys of the settings

Button = QDialogButtonBox.StandardButton


@dataclass(frozen=True)
class ExportChoice:
    """The choice of the user: columns as keys in the order of the file.

    `rows` are the IDs of the rows that were selected, whatever is selected later; None: all rows.
    """

    rows: array[int] | None
    columns: tuple[str, ...]
    form: TableFormat
    bom: bool


class ExportDialog(QDialog):
    """Shows how many rows there are; `chosen` carries an `ExportChoice`.

    The selected rows are those of the moment in which the dialog opens: rows that leave the table
    meanwhile don't change the choice. The columns are those shown, in their order; the others can
    be added. The kind of file is remembered in `settings`.
    """

    chosen = Signal(object)

    def __init__(
        self,
        table: TableView[Any],
        *,
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._table = table
        self._settings = settings
        self._selected = table.selected_ids()
        self.setObjectName("exportDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export {table}").format(table=table.accessibleName()))
        column = QVBoxLayout(self)
        column.addWidget(self._make_rows())
        column.addWidget(self._make_columns(), 1)
        column.addWidget(self._make_file())
        column.addWidget(self._make_buttons())
        self._restore()
        self._count()
        model = table.table_model()
        model.totalChanged.connect(self._count)
        model.completed.connect(self._count)
        self._update()
        metrics = self.fontMetrics()
        width = max(self.sizeHint().width(), metrics.averageCharWidth() * _WIDTH)
        room = self.screen().availableSize() * 0.9
        self.resize(min(width, room.width()), min(self.sizeHint().height(), room.height()))

    # construction -------------------------------------------------------------------------------

    def _make_rows(self) -> QGroupBox:
        group = QGroupBox(self.tr("Rows"), self)
        self.all_rows = QRadioButton(group)
        self.all_rows.setObjectName("allRowsRadio")
        self.all_rows.setChecked(True)
        self.selected_rows = QRadioButton(group)
        self.selected_rows.setObjectName("selectedRowsRadio")
        text = self.tr("Only the selected rows: {count}")
        self.selected_rows.setText(text.format(count=self.locale().toString(len(self._selected))))
        self.selected_rows.setEnabled(bool(self._selected))
        box = QVBoxLayout(group)
        box.addWidget(self.all_rows)
        box.addWidget(self.selected_rows)
        return group

    def _make_columns(self) -> QGroupBox:
        group = QGroupBox(self.tr("Columns"), self)
        self.columns = QListWidget(group)
        self.columns.setObjectName("exportColumns")
        self.columns.setAccessibleName(self.tr("Columns to export"))
        self.columns.setUniformItemSizes(True)
        shown = self._table.column_choice.visible_sections()
        all_columns = self._table.table_model().columns
        hidden = [section for section in range(len(all_columns)) if section not in shown]
        for section in (*shown, *hidden):
            item = QListWidgetItem(all_columns[section].heading(), self.columns)
            item.setData(Qt.ItemDataRole.UserRole, all_columns[section].key)
            item.setCheckState(_state(section in shown))
        self.columns.setCurrentRow(0)
        self.columns.itemChanged.connect(self._update)
        self.columns.setSizeAdjustPolicy(QListWidget.SizeAdjustPolicy.AdjustToContents)
        self.columns.setMinimumHeight(self.columns.sizeHintForRow(0) * _LEAST_LINES)
        buttons = QVBoxLayout()
        for name, text, checked in (
            ("allColumnsButton", self.tr("&All"), True),
            ("noColumnsButton", self.tr("&None"), False),
        ):
            button = QPushButton(text, group)
            button.setObjectName(name)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, checked=checked: self._check_all(checked))
            buttons.addWidget(button)
        buttons.addStretch(1)
        row = QHBoxLayout(group)
        row.addWidget(self.columns, 1)
        row.addLayout(buttons)
        return group

    def _make_file(self) -> QGroupBox:
        group = QGroupBox(self.tr("File"), self)
        self.form: QComboBox = combo(group)
        self.form.setObjectName("exportFormatCombo")
        self.form.setAccessibleName(self.tr("Kind of file"))
        self.form.addItem(self.tr("CSV, for any program"), TableFormat.CSV.value)
        self.form.addItem(self.tr("XLSX, for Excel and LibreOffice"), TableFormat.XLSX.value)
        self.form.currentIndexChanged.connect(self._update)
        self.bom = QCheckBox(self.tr("UTF-8 with &BOM (for Excel)"), group)
        self.bom.setObjectName("exportBomCheck")
        self._note = note(group, "exportNote")
        box = QVBoxLayout(group)
        box.addWidget(self.form)
        box.addWidget(self.bom)
        box.addWidget(self._note)
        return group

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(Button.Cancel, self)
        self._export = buttons.addButton(
            self.tr("&Export…"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self._export.setObjectName("exportButton")
        self._export.setDefault(True)
        buttons.button(Button.Cancel).setObjectName("cancelButton")
        buttons.button(Button.Cancel).setAutoDefault(False)
        buttons.accepted.connect(self._choose)
        buttons.rejected.connect(self.reject)
        return buttons

    # what is chosen -----------------------------------------------------------------------------

    def choice(self) -> ExportChoice:
        """Return the present choice."""
        return ExportChoice(
            rows=self._selected if self.selected_rows.isChecked() else None,
            columns=tuple(
                str(item.data(Qt.ItemDataRole.UserRole))
                for item in self._items()
                if item.checkState() is Qt.CheckState.Checked
            ),
            form=TableFormat(self.form.currentData()),
            bom=self.bom.isChecked(),
        )

    def _items(self) -> list[QListWidgetItem]:
        return [self.columns.item(row) for row in range(self.columns.count())]

    def _check_all(self, checked: bool) -> None:
        for item in self._items():
            item.setCheckState(_state(checked))

    def _count(self) -> None:
        """Show how many rows there are in all, as far as that is known."""
        model = self._table.table_model()
        number = self.locale().toString
        if model.counting:
            text = self.tr("All rows found (still counting)")
        elif model.filtered:
            text = self.tr("What the filters let through: {count}")
        else:
            text = self.tr("All rows: {count}")
        self.all_rows.setText(text.format(count=number(model.total)))

    def _update(self) -> None:
        choice = self.choice()
        self._export.setEnabled(bool(choice.columns))
        csv = choice.form is TableFormat.CSV
        self.bom.setEnabled(csv)
        self._note.setText(
            self.tr(
                "A text that a spreadsheet would compute as a formula gets an apostrophe in front."
            )
            if csv
            else self.tr(
                "Dates are in local time. More than 1,048,576 rows go on in a further sheet."
            )
        )

    def _choose(self) -> None:
        choice = self.choice()
        if self._settings is not None:
            self._settings.setValue(_FORMAT, choice.form.value)
            self._settings.setValue(_BOM, "1" if choice.bom else "0")
        self.accept()
        self.chosen.emit(choice)

    def _restore(self) -> None:
        if self._settings is not None:
            index = self.form.findData(str(self._settings.value(_FORMAT, "")))
            self.form.setCurrentIndex(max(0, index))
            self.bom.setChecked(str(self._settings.value(_BOM, "0")) == "1")


def _state(checked: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked
