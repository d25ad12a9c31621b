"""New message: what is entered is queued, and stays in the dialog if that fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QDateTime, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QLabel,
    QLineEdit,
    QListWidget,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import StorageFull
from mailadmin.message import DEFAULT_SIZE_LIMIT, read_overview
from mailadmin.store import Store
from mailadmin.ui.compose.dialog import ComposeDialog
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.ui.finding import child
from tests.ui.stored_mail import add_provider

MakeDialog = Callable[..., ComposeDialog]


@pytest.fixture
def make_dialog(qtbot: QtBot, store: Store, background: Background, icons: Icons) -> MakeDialog:
    def make(size_limit: int = DEFAULT_SIZE_LIMIT) -> ComposeDialog:
        dialog = ComposeDialog(store, background, icons=icons, size_limit=size_limit)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    return make


@pytest.fixture
def dialog(qtbot: QtBot, store: Store, make_dialog: MakeDialog) -> ComposeDialog:
    add_provider(store)
    dialog = make_dialog()
    qtbot.waitUntil(child(dialog, QPushButton, "queueMessageButton").isEnabled)
    return dialog


def write(dialog: ComposeDialog, name: str, value: str) -> None:
    field = child(dialog, QLineEdit, f"{name}Edit")
    field.clear()
    field.setFocus()
    field.insert(value)  # like a paste: QTest.keyClicks knows ASCII alone
    field.clearFocus()


def problem(dialog: ComposeDialog, name: str) -> str:
    label = child(dialog, QLabel, f"{name}Problem")
    return label.text() if label.isVisible() else ""


def press(dialog: ComposeDialog, name: str = "queueMessageButton") -> None:
    QTest.mouseClick(child(dialog, QPushButton, name), Qt.MouseButton.LeftButton)


def test_a_message_is_queued_for_each_recipient(
    qtbot: QtBot, dialog: ComposeDialog, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"%PDF-1.7")
    assert child(dialog, QComboBox, "fromCombo").currentText() == (
        "Example Office <office@example.org> – Relay"
    )
    write(dialog, "to", "Ann <ann@example.org>, bob@example.org")
    write(dialog, "cc", "carol@example.org")
    write(dialog, "bcc", "dave@example.org")
    write(dialog, "subject", "Grüße")
    child(dialog, QPlainTextEdit, "textEdit").setPlainText("Hello,\n\nworld")
    dialog.attach([file])
    qtbot.waitUntil(lambda: child(dialog, QListWidget, "attachmentsList").count() == 1)
    with qtbot.waitSignal(dialog.queued) as queued:
        press(dialog)
    rows = store.queue.rows(queued.args[0])
    assert [row.email for row in rows] == [
        "ann@example.org",
        "bob@example.org",
        "carol@example.org",
        "dave@example.org",
    ]
    content = store.messages.content(rows[0].stored_id)
    overview = read_overview(content)
    assert overview.text.replace("\r", "") == "Hello,\n\nworld\n"
    assert ("Subject", "Grüße") in overview.headers
    assert overview.attachments[0].name == "report.pdf"
    assert b"dave" not in content
    assert not dialog.isVisible()


def test_addresses_are_checked_when_the_field_is_left(qtbot: QtBot, dialog: ComposeDialog) -> None:
    write(dialog, "to", "ann@example.org, nobody")
    qtbot.waitUntil(lambda: "nobody" in problem(dialog, "to"))
    write(dialog, "to", "ann@example.org")
    qtbot.waitUntil(lambda: not problem(dialog, "to"))


def test_a_message_without_a_recipient_is_refused_at_the_field(
    qtbot: QtBot, dialog: ComposeDialog
) -> None:
    write(dialog, "subject", "Hello")
    press(dialog)
    qtbot.waitUntil(lambda: problem(dialog, "to") == "Enter at least one recipient.")
    assert child(dialog, QPushButton, "queueMessageButton").isEnabled()


def test_without_an_enabled_provider_no_message_can_be_queued(
    qtbot: QtBot, make_dialog: MakeDialog
) -> None:
    dialog = make_dialog()
    message = child(dialog, InlineMessage, "composeMessage")
    qtbot.waitUntil(lambda: "no enabled provider" in message.text)
    assert not child(dialog, QPushButton, "queueMessageButton").isEnabled()


def test_an_attachment_that_was_deleted_meanwhile_is_named(
    qtbot: QtBot, dialog: ComposeDialog, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"%PDF-1.7")
    dialog.attach([file])
    files = child(dialog, QListWidget, "attachmentsList")
    qtbot.waitUntil(lambda: files.count() == 1)
    file.unlink()
    write(dialog, "to", "ann@example.org")
    press(dialog)
    qtbot.waitUntil(lambda: "report.pdf" in problem(dialog, "attachments"))
    assert store.queue.count() == 0
    files.setFocus()
    files.selectAll()
    QTest.keyClick(files, Qt.Key.Key_Delete)
    with qtbot.waitSignal(dialog.queued):
        press(dialog)


def test_folders_and_missing_files_are_not_attached(
    qtbot: QtBot, dialog: ComposeDialog, tmp_path: Path
) -> None:
    dialog.attach([tmp_path])
    qtbot.waitUntil(lambda: "is not a file" in problem(dialog, "attachments"))
    assert child(dialog, QListWidget, "attachmentsList").count() == 0


def test_a_message_over_the_size_limit_is_refused(
    qtbot: QtBot, store: Store, make_dialog: MakeDialog, tmp_path: Path
) -> None:
    add_provider(store)
    dialog = make_dialog(size_limit=10_000)
    qtbot.waitUntil(child(dialog, QPushButton, "queueMessageButton").isEnabled)
    file = tmp_path / "large.bin"
    file.write_bytes(os.urandom(20_000))
    dialog.attach([file])
    qtbot.waitUntil(lambda: "too large" in problem(dialog, "attachments"))
    assert "of at most 9.8 kB" in child(dialog, QLabel, "sizeLabel").text()
    write(dialog, "to", "ann@example.org")
    press(dialog)
    message = child(dialog, InlineMessage, "composeMessage")
    qtbot.waitUntil(lambda: bool(message.text))
    assert store.queue.count() == 0


def test_dropped_files_are_attached(qtbot: QtBot, dialog: ComposeDialog, tmp_path: Path) -> None:
    file = tmp_path / "dropped.txt"
    file.write_text("hello", encoding="utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    dialog.dropEvent(drop)  # Qt itself sends it only during a real drag
    files = child(dialog, QListWidget, "attachmentsList")
    qtbot.waitUntil(lambda: files.count() == 1)
    item = files.item(0)
    assert item.text().startswith("dropped.txt")


def test_the_text_stays_in_the_dialog_when_the_disk_is_full(
    qtbot: QtBot, dialog: ComposeDialog, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_messages: object) -> list[list[int]]:
        raise StorageFull("There is no space left. Make room and try again.")

    monkeypatch.setattr(store.queue, "enqueue", full)
    write(dialog, "to", "ann@example.org")
    child(dialog, QPlainTextEdit, "textEdit").setPlainText("precious")
    press(dialog)
    message = child(dialog, InlineMessage, "composeMessage")
    qtbot.waitUntil(lambda: "no space left" in message.text)
    assert dialog.isVisible()
    assert child(dialog, QPlainTextEdit, "textEdit").toPlainText() == "precious"
    monkeypatch.undo()
    with qtbot.waitSignal(dialog.queued):
        press(dialog)


def test_closing_a_dialog_with_content_asks_first(qtbot: QtBot, dialog: ComposeDialog) -> None:
    write(dialog, "subject", "Hello")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    press(dialog, "keepButton")
    qtbot.waitUntil(lambda: not dialog.findChildren(QMessageBox))
    assert dialog.isVisible()
    dialog.close()
    assert dialog.isVisible()
    press(dialog, "discardButton")
    qtbot.waitUntil(lambda: not dialog.isVisible())


def test_closing_an_empty_dialog_asks_nothing(dialog: ComposeDialog) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def choose_time(dialog: ComposeDialog, name: str, hours: int) -> QDateTime:
    """Open the options and set one of the times."""
    options = child(dialog, QToolButton, "optionsButton")
    if not options.isChecked():
        QTest.mouseClick(options, Qt.MouseButton.LeftButton)
    child(dialog, QCheckBox, f"{name}Check").setChecked(True)
    field = child(dialog, QDateTimeEdit, f"{name}Edit")
    moment = QDateTime.currentDateTime().addSecs(hours * 3600)
    field.setDateTime(moment)
    return field.dateTime()


def test_times_and_priority_are_queued_with_the_message(
    qtbot: QtBot, dialog: ComposeDialog, store: Store
) -> None:
    write(dialog, "to", "ann@example.org")
    not_before = choose_time(dialog, "notBefore", 3)
    expires = choose_time(dialog, "expires", 30)
    combo = child(dialog, QComboBox, "priorityCombo")
    combo.setCurrentIndex(0)
    with qtbot.waitSignal(dialog.queued):
        press(dialog)
    row = store._database.sql("SELECT priority, not_before, expires_at FROM queue")[0]
    assert row[0] == 5
    for text, chosen in zip(row[1:], (not_before, expires), strict=True):
        stored = datetime.fromisoformat(text).timestamp()
        assert stored == pytest.approx(chosen.toMSecsSinceEpoch() / 1000, abs=0.01)


def test_an_expiry_before_the_earliest_time_is_refused_at_the_options(
    qtbot: QtBot, dialog: ComposeDialog, store: Store
) -> None:
    write(dialog, "to", "ann@example.org")
    choose_time(dialog, "notBefore", 3)
    choose_time(dialog, "expires", 2)
    press(dialog)
    qtbot.waitUntil(lambda: "expire before it may be sent" in problem(dialog, "options"))
    choose_time(dialog, "expires", -2)
    press(dialog)
    qtbot.waitUntil(lambda: "expired already" in problem(dialog, "options"))
    assert store.queue.count() == 0


def test_without_options_a_message_has_the_default_priority_and_times(
    qtbot: QtBot, dialog: ComposeDialog, store: Store
) -> None:
    assert not child(dialog, QComboBox, "priorityCombo").isVisible()
    write(dialog, "to", "ann@example.org")
    with qtbot.waitSignal(dialog.queued):
        press(dialog)
    row = store._database.sql("SELECT priority, not_before, expires_at FROM queue")[0]
    assert tuple(row) == (10, None, None)
