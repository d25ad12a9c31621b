"""Message files opened from another program are queued only after a question."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.window.main_window import MainWindow
from tests.ui.application import running_window
from tests.ui.compose.test_import_files import GOOD


def boxes(window: MainWindow) -> list[QMessageBox]:
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def press(window: MainWindow, words: str) -> None:
    (box,) = boxes(window)
    (button,) = [each for each in box.buttons() if each.text().replace("&", "") == words]
    button.click()


def waiting(database: Path) -> int:
    store = Store.open(database, standard_drivers())
    try:
        return store.queue.count(TableQuery())
    finally:
        store.close()


def test_a_file_is_queued_once_the_user_agrees(tmp_path: Path, qtbot: QtBot) -> None:
    letter = tmp_path / "<b>letter.eml"
    letter.write_bytes(GOOD)
    with running_window(tmp_path) as window:
        window.open_files([letter])
        (box,) = boxes(window)
        assert box.text() == "Queue “<b>letter.eml” to be sent?"
        assert box.textFormat() is Qt.TextFormat.PlainText
        assert waiting(tmp_path / "mail.db") == 0
        press(window, "Queue")
        qtbot.waitUntil(lambda: "1 message was queued" in window.tab(QueueTab).message.text)
        assert waiting(tmp_path / "mail.db") == 1


def test_opened_files_are_not_queued_after_cancel(tmp_path: Path, qtbot: QtBot) -> None:
    files = [tmp_path / f"{number}.eml" for number in range(12)]
    with running_window(tmp_path) as window:
        window.open_files(files)
        (box,) = boxes(window)
        assert box.text() == "Queue 12 messages to be sent?"
        assert box.informativeText().endswith("9.eml\n…")
        press(window, "Cancel")
        qtbot.waitUntil(lambda: not boxes(window))
        assert waiting(tmp_path / "mail.db") == 0


def test_opened_files_wait_until_the_window_is_ready(tmp_path: Path, qtbot: QtBot) -> None:
    opened: list[list[Path]] = []
    with running_window(tmp_path) as window:
        window.filesOpened.connect(opened.append)
        window._ready = False
        window.open_files([tmp_path / "a.eml"])
        window.open_files([tmp_path / "b.eml"])
        assert opened == []
        window.set_ready()
        assert opened == [[tmp_path / "a.eml", tmp_path / "b.eml"]]
