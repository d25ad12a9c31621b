"""Exporting a table: the dialog, the file, progress and result."""

from __future__ import annotations

import csv
import threading
from array import array
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QFileDialog,
    QMessageBox,
    QPushButton,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from mailadmin.export.column import ExportColumn
from mailadmin.export.table_file import TableFile, TableFormat
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from mailadmin.ui.export.dialog import ExportChoice, ExportDialog
from mailadmin.ui.export.table_export import ExportTarget, TableExport
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.progress_line import ProgressLine
from tests.ui.finding import child
from tests.ui.fruit import Fruit, FruitBasket
from tests.ui.stored_mail import queue

KEYS = (
    "id",
    "email",
    "subject",
    "last_attempt_date",
    "next_attempt_date",
    "attempts_count",
    "status",
    "reason",
)


@pytest.fixture
def tab(
    qtbot: QtBot, store: Store, background: Background, icons: Icons, settings: QSettings
) -> QueueTab:
    """A Queue of five messages, the subject of one being a formula."""
    queue(store, 4)
    queue(store, 1, subject="=HYPERLINK(1)")
    tab = QueueTab(store, background, icons=icons, settings=settings)
    qtbot.addWidget(tab)
    with qtbot.waitSignal(tab.model.completed):
        tab.refresh()
    with qtbot.waitExposed(tab):
        tab.show()
    return tab


def opened(tab: QueueTab) -> ExportDialog:
    tab.export()
    return child(tab, ExportDialog, "exportDialog")


def press(dialog: ExportDialog, name: str = "exportButton") -> None:
    QTest.mouseClick(child(dialog, QPushButton, name), Qt.MouseButton.LeftButton)


def save_as(tab: QueueTab, path: Path) -> None:
    """Choose `path` in the file dialog."""
    dialog = child(tab, QFileDialog, "exportFileDialog")
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    dialog.done(0)
    dialog.fileSelected.emit(str(path))


def under_way(tab: QueueTab) -> list[str]:
    """Return the texts of the exports that have not ended."""
    return [line.text for line in tab.findChildren(ProgressLine) if not line.isHidden()]


def told(qtbot: QtBot, tab: QueueTab, path: Path, rows: str) -> None:
    qtbot.waitUntil(lambda: tab.message.text == f"{rows} exported to {path}.")
    assert list(path.parent.glob(".*.part")) == []


def test_all_rows_are_exported_with_the_shown_columns(
    qtbot: QtBot, tab: QueueTab, tmp_path: Path
) -> None:
    header = tab.table.horizontalHeader()
    header.moveSection(header.visualIndex(6), 0)  # Status comes first
    header.setSectionHidden(0, True)
    dialog = opened(tab)
    assert dialog.all_rows.text() == "All rows: 5"
    assert not dialog.selected_rows.isEnabled()
    assert dialog.choice().columns == ("status", *KEYS[1:6], "reason")
    press(dialog)
    path = tmp_path / "queue.csv"
    save_as(tab, path)
    told(qtbot, tab, path, "5 rows were")
    with path.open(encoding="utf-8", newline="") as file:
        titles, *rows = csv.reader(file)
    assert titles[:3] == ["Status", "Email", "Subject"]
    assert [row[2] for row in rows[:4]] == [f"Your invoice {number}" for number in range(4)]
    assert rows[4][2] == "'=HYPERLINK(1) 0"
    assert datetime.fromisoformat(rows[0][4]).utcoffset() is not None


def test_only_the_rows_that_the_search_finds_are_exported(
    qtbot: QtBot, tab: QueueTab, tmp_path: Path
) -> None:
    tab.set_search("ann1")
    qtbot.waitUntil(lambda: tab.model.total == 1 and tab.model.complete)
    dialog = opened(tab)
    assert dialog.all_rows.text() == "What the filters let through: 1"
    press(dialog)
    path = tmp_path / "queue.csv"
    save_as(tab, path)
    told(qtbot, tab, path, "1 row was")
    assert "ann1@example.org,Your invoice 1" in path.read_text("utf-8").splitlines()[1]


def test_selected_rows_and_columns_are_exported_as_xlsx(
    qtbot: QtBot, tab: QueueTab, tmp_path: Path
) -> None:
    tab.table.select_ids([tab.model.ids[0], tab.model.ids[4]])
    dialog = opened(tab)
    assert dialog.selected_rows.text() == "Only the selected rows: 2"
    dialog.selected_rows.click()
    press(dialog, "noColumnsButton")
    assert not child(dialog, QPushButton, "exportButton").isEnabled()
    for row in (0, 2, 4):
        dialog.columns.item(row).setCheckState(Qt.CheckState.Checked)
    dialog.form.setCurrentIndex(dialog.form.findData("xlsx"))
    assert not dialog.bom.isEnabled()
    press(dialog)
    path = tmp_path / "queue.xlsx"
    save_as(tab, path)
    told(qtbot, tab, path, "2 rows were")
    book = load_workbook(path)
    titles, first, second = book.active.iter_rows()
    assert [cell.value for cell in titles][:2] == ["ID", "Subject"]
    assert titles[2].value.startswith("Next attempt date (UTC")
    assert [cell.value for cell in first][:2] == [tab.model.ids[0], "Your invoice 0"]
    assert second[1].value == "=HYPERLINK(1) 0"
    assert second[1].data_type == "s"
    assert first[2].is_date
    book.close()


def test_the_kind_of_file_is_remembered(tab: QueueTab, settings: QSettings) -> None:
    dialog = opened(tab)
    assert dialog.choice().form is TableFormat.CSV
    assert not dialog.choice().bom
    dialog.bom.click()
    dialog.form.setCurrentIndex(1)
    press(dialog)
    child(tab, QFileDialog, "exportFileDialog").done(0)
    settings.sync()
    again = ExportDialog(tab.table, settings=settings)
    assert again.choice() == ExportChoice(None, KEYS, TableFormat.XLSX, True)
    again.deleteLater()


def test_a_csv_file_is_exported_with_a_byte_order_mark(
    qtbot: QtBot, tab: QueueTab, tmp_path: Path
) -> None:
    dialog = opened(tab)
    dialog.bom.click()
    press(dialog)
    path = tmp_path / "queue.csv"
    save_as(tab, path)
    told(qtbot, tab, path, "5 rows were")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfID,Email")


def test_the_dialog_updates_the_number_of_rows(qtbot: QtBot, tab: QueueTab, store: Store) -> None:
    dialog = opened(tab)
    queue(store, 2)
    tab.refresh()
    qtbot.waitUntil(lambda: dialog.all_rows.text() == "All rows: 7")


def test_selected_rows_that_left_the_table_are_reported_as_missing(
    qtbot: QtBot, tab: QueueTab, store: Store, tmp_path: Path
) -> None:
    first, second, third = tab.model.ids[:3]
    tab.table.select_ids([first, second, third])
    dialog = opened(tab)
    dialog.selected_rows.click()
    store.queue.delete([first])
    tab.refresh()
    qtbot.waitUntil(lambda: tab.model.total == 4)
    tab.table.clearSelection()
    qtbot.waitUntil(lambda: dialog.all_rows.text() == "All rows: 4")
    assert dialog.selected_rows.isChecked()
    assert dialog.selected_rows.text() == "Only the selected rows: 3"
    press(dialog)
    store.queue.delete([second])
    tab.refresh()
    qtbot.waitUntil(lambda: tab.model.total == 3)
    path = tmp_path / "queue.csv"
    save_as(tab, path)
    ended = f"1 row was exported to {path}. 2 of those selected had left the table by then."
    qtbot.waitUntil(lambda: tab.message.text == ended)
    assert tab.message.role is Role.WARNING
    assert [line.split(",")[0] for line in path.read_text("utf-8").splitlines()[1:]] == [str(third)]


def test_a_file_name_without_the_suffix_gets_it(
    qtbot: QtBot, tab: QueueTab, tmp_path: Path
) -> None:
    press(opened(tab))
    save_as(tab, tmp_path / "queue.2026")
    told(qtbot, tab, tmp_path / "queue.2026.csv", "5 rows were")


@pytest.mark.parametrize("replace", [True, False])
def test_a_file_is_replaced_only_after_a_question(
    qtbot: QtBot, tab: QueueTab, tmp_path: Path, replace: bool
) -> None:
    """The file dialog asks about the chosen name, but the suffix makes it another one."""
    path = tmp_path / "queue.csv"
    path.write_text("of yesterday")
    press(opened(tab))
    save_as(tab, tmp_path / "queue")
    box = child(tab, QMessageBox, "overwriteDialog")
    if replace:
        QTest.mouseClick(child(box, QPushButton, "confirmButton"), Qt.MouseButton.LeftButton)
        told(qtbot, tab, path, "5 rows were")
    else:
        QTest.keyClick(box, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not tab.findChildren(QMessageBox))
    assert (path.read_text() == "of yesterday") is not replace


def test_an_export_that_fails_says_so(qtbot: QtBot, tab: QueueTab, tmp_path: Path) -> None:
    choice = ExportChoice(None, KEYS, TableFormat.CSV, False)
    tab.exporting.write(tmp_path / "no such folder" / "queue.csv", choice)
    qtbot.waitUntil(lambda: "can't be written" in tab.message.text)
    path = tmp_path / "queue.csv"
    tab.exporting.write(path, choice)  # and the next export works
    told(qtbot, tab, path, "5 rows were")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Writing waits until this event is set."""
    go_on = threading.Event()
    write = TableFile.write

    def wait(self: TableFile[Any], rows: Iterable[Any]) -> int:
        assert go_on.wait(30)
        return write(self, rows)

    monkeypatch.setattr(TableFile, "write", wait)
    yield go_on
    go_on.set()


def test_a_cancelled_export_leaves_no_file(
    qtbot: QtBot, tab: QueueTab, tmp_path: Path, slow: threading.Event
) -> None:
    path = tmp_path / "out" / "queue.csv"
    path.parent.mkdir()
    tab.exporting.write(path, ExportChoice(None, KEYS, TableFormat.CSV, False))
    qtbot.waitUntil(lambda: under_way(tab) == ["Exporting: 0 of 5."])
    QTest.mouseClick(child(tab, QToolButton, "progressCancel"), Qt.MouseButton.LeftButton)
    slow.set()
    text = "The export was cancelled; no file was written."
    qtbot.waitUntil(lambda: tab.message.text == text)
    assert list(path.parent.iterdir()) == []
    assert under_way(tab) == []


def test_progress_and_cancel_stay_while_messages_come_and_go(
    qtbot: QtBot, tab: QueueTab, tmp_path: Path, slow: threading.Event
) -> None:
    choice = ExportChoice(None, KEYS, TableFormat.CSV, False)
    tab.exporting.write(tmp_path / "queue.csv", choice)
    qtbot.waitUntil(lambda: under_way(tab) == ["Exporting: 0 of 5."])
    tab.message.show_ok("1 address was copied.")
    QTest.mouseClick(child(tab, QToolButton, "inlineMessageClose"), Qt.MouseButton.LeftButton)
    assert tab.message.text == ""
    cancel = child(tab, QToolButton, "progressCancel")
    assert cancel.isVisible()
    tab.export()
    assert tab.findChildren(ExportDialog) == []  # one export at a time, and the user is told
    assert "is being exported already" in tab.message.text
    tab.exporting.write(tmp_path / "other.csv", choice)
    assert under_way(tab) == ["Exporting: 0 of 5."]
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert not cancel.isEnabled()
    slow.set()
    qtbot.waitUntil(lambda: "was cancelled" in tab.message.text)
    assert list(tmp_path.glob("*.csv")) == []
    path = tmp_path / "queue.csv"
    tab.exporting.write(path, choice)
    assert tab.message.text == ""  # the result of the previous export is gone
    told(qtbot, tab, path, "5 rows were")


def test_tables_are_read_while_the_disk_is_slow(
    qtbot: QtBot, tab: QueueTab, store: Store, tmp_path: Path, slow: threading.Event
) -> None:
    path = tmp_path / "queue.csv"
    tab.exporting.write(path, ExportChoice(None, KEYS, TableFormat.CSV, False))
    qtbot.waitUntil(lambda: under_way(tab) == ["Exporting: 0 of 5."])
    queue(store, 1)
    tab.refresh()
    qtbot.waitUntil(lambda: tab.model.total == 6)
    slow.set()
    told(qtbot, tab, path, "5 rows were")


# many rows ---------------------------------------------------------------------------------------


FRUIT = [ExportColumn[Fruit]("Name", lambda fruit: fruit.name)]


def running(
    background: Background, basket: FruitBasket, path: Path, rows: TableQuery | array[int]
) -> TableExport:
    form = TableFormat.of(path)
    assert form is not None
    return TableExport(basket, rows, FRUIT, ExportTarget(path, form), background=background)


def test_rows_are_exported_in_order_without_deleted_ones(
    qtbot: QtBot, background: Background, tmp_path: Path
) -> None:
    basket = FruitBasket(3500)
    path = tmp_path / "fruit.csv"
    export = running(background, basket, path, array("q", range(3500, 0, -1)))
    basket.take(2000)
    with qtbot.waitSignal(export.finished) as ended:
        export.start()
    assert ended.args == [3499]
    expected = [f"fruit {number}" for number in range(3500, 0, -1) if number != 2000]
    assert path.read_text().splitlines() == ["Name", *expected]
    assert max(map(len, basket.pages_asked)) <= 1000


def test_an_xlsx_export_can_be_cancelled_while_it_is_completed(
    qtbot: QtBot, background: Background, tmp_path: Path
) -> None:
    export = running(background, FruitBasket(3000), tmp_path / "fruit.xlsx", TableQuery())
    export.completing.connect(export.cancel)
    with qtbot.waitSignal(export.cancelled):
        export.start()
    assert list(tmp_path.glob("*fruit*")) == []


def test_a_bug_in_a_column_ends_the_export(
    qtbot: QtBot, background: Background, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    columns = [ExportColumn[Fruit]("Name", lambda fruit: fruit.name[99])]
    target = ExportTarget(tmp_path / "fruit.csv", TableFormat.CSV)
    export = TableExport(FruitBasket(3), TableQuery(), columns, target, background=background)
    with qtbot.captureExceptions() as problems, qtbot.waitSignal(export.cancelled):
        export.start()
    assert [kind for kind, *_ in problems] == [IndexError]
    capfd.readouterr()


def test_closing_the_window_during_an_export_leaves_no_file(
    qtbot: QtBot, store: Store, tmp_path: Path, slow: threading.Event
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    background = Background(store.thread)
    export = running(background, FruitBasket(3), folder / "fruit.csv", TableQuery())
    with qtbot.waitSignal(export.progressed):
        export.start()
    qtbot.waitUntil(lambda: bool(list(folder.iterdir())))
    slow.set()
    assert background.close(10)
    export.deleteLater()
    del export
    qtbot.waitUntil(lambda: list(folder.iterdir()) == [])
