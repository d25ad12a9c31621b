"""Attachments are saved unchanged, under safe names, without replacing files unasked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import (
    QAbstractButton,
    QFileDialog,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import KnownError
from mailadmin.message import attachment_content, read_overview
from mailadmin.ui.details.attachment_files import FileContent, save_all, taken_names
from mailadmin.ui.details.attachments import AttachmentsView
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.ui.finding import child

NASTY = (
    "../../.bashrc",
    "CON.txt",
    "invoice\u202efdp.exe",
    "a.txt",
    "A.txt",
    "",
    "x" * 400 + ".pdf",
    "C:\\Windows\\x.dll",
)


def attached(*names: str, kind: str = "application/octet-stream") -> bytes:
    parts = "".join(
        f'--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"\r\ncontent {number}\r\n"
        for number, name in enumerate(names)
    ).replace("\\W", "\\\\W").replace("\\x", "\\\\x")  # fmt: skip
    head = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return (head + parts + "--b--\r\n").encode()


Show = Callable[[bytes], AttachmentsView]


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def told(icons: Icons, window: QWidget) -> InlineMessage:
    return InlineMessage(icons, window)


@pytest.fixture
def show(window: QWidget, background: Background, icons: Icons, told: InlineMessage) -> Show:
    def show(content: bytes) -> AttachmentsView:
        view = AttachmentsView(told, background=background, icons=icons, parent=window)
        view.show_attachments(read_overview(content).attachments, lambda: content)
        view.show()
        return view

    return show


def wait_for(qtbot: QtBot, told: InlineMessage, start: str) -> None:
    qtbot.waitUntil(lambda: told.text.startswith(start))


def test_all_attachments_are_saved_under_safe_names(
    show: Show, told: InlineMessage, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "in" / "here"
    folder.mkdir(parents=True)
    view = show(attached(*NASTY))
    view.save_to_folder(view.choose(range(len(NASTY))), folder)
    wait_for(qtbot, told, "8 files were saved in ")
    saved = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(saved.values()) == [f"content {number}".encode() for number in range(8)]
    assert {"bashrc", "_CON.txt", "invoicefdp.exe", "a.txt", "A (2).txt", "attachment"} < set(saved)
    assert list((tmp_path / "in").iterdir()) == [folder]
    assert not any(os.access(path, os.X_OK) for path in folder.iterdir())


@pytest.mark.parametrize(
    ("button", "result"),
    [
        ("keepBothButton", {"a.txt": b"old", "a (2).txt": b"content 0", "b.txt": b"content 1"}),
        ("replaceButton", {"a.txt": b"content 0", "b.txt": b"content 1"}),
        ("", {"a.txt": b"old"}),
    ],
)
def test_a_file_is_replaced_only_if_the_user_says_so(
    show: Show,
    told: InlineMessage,
    tmp_path: Path,
    qtbot: QtBot,
    button: str,
    result: dict[str, bytes],
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"old")
    view = show(attached("a.txt", "b.txt"))
    view.save_to_folder(view.choose([0, 1]), folder)
    qtbot.waitUntil(lambda: bool(view.findChildren(QMessageBox)))
    box = view.findChildren(QMessageBox)[0]
    assert "This file is in the folder already" in box.text()
    assert box.informativeText() == "a.txt"
    if button:
        child(box, QAbstractButton, button).click()
        wait_for(qtbot, told, "2 files were saved")
    else:
        box.reject()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == result


def test_the_selected_attachment_is_saved_to_the_chosen_path(
    show: Show,
    told: InlineMessage,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proposed: list[str] = []

    def ask(parent: object, title: str, name: str) -> tuple[str, str]:
        del parent, title
        proposed.append(name)
        return str(tmp_path / "mine.txt"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    view = show(attached("../a.txt", "b.txt"))
    items = child(view, QTreeWidget, "detailsAttachments")
    button = child(view, QPushButton, "saveAttachmentButton")
    assert not button.isEnabled()
    item = items.topLevelItem(1)
    assert item is not None
    item.setSelected(True)
    button.click()
    wait_for(qtbot, told, "Saved as ")
    assert proposed == ["b.txt"]
    assert (tmp_path / "mine.txt").read_bytes() == b"content 1"


def test_a_folder_that_can_not_be_written_is_reported(
    show: Show, told: InlineMessage, tmp_path: Path, qtbot: QtBot
) -> None:
    view = show(attached("a.txt"))
    view.save_to_folder(view.choose([0]), tmp_path / "gone")
    wait_for(qtbot, told, "The file can't be read")
    view.save_to_file(view.choose([0]), tmp_path / "gone" / "a.txt")
    wait_for(qtbot, told, "The file can't be written")


def test_a_name_taken_meanwhile_gets_a_number(tmp_path: Path) -> None:
    files = [FileContent("a.txt", b"new")]
    (tmp_path / "A.TXT").write_bytes(b"old")
    assert taken_names(tmp_path, ["a.txt", "b.txt"]) == ["a.txt"]
    assert save_all(tmp_path, files, replace=False) == [tmp_path / "a (2).txt"]
    (tmp_path / "a (3).txt").symlink_to(tmp_path / "elsewhere")  # leads nowhere, and must stay so
    assert save_all(tmp_path, files, replace=False) == [tmp_path / "a (4).txt"]
    assert not (tmp_path / "elsewhere").exists()


def test_a_failed_save_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            """Do nothing."""

        def write(self, _: bytes) -> None:
            raise OSError(28, "No space left on device")

    real = Path.open

    def opened(path: Path, mode: str = "r") -> object:
        real(path, mode).close()
        return Full()

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(KnownError, match="No space left"):
        save_all(tmp_path, [FileContent("a.txt", b"x")], replace=False)
    assert list(tmp_path.iterdir()) == []


def test_the_attachments_of_sample_mail_are_saved_unchanged(
    show: Show, told: InlineMessage, tmp_path: Path, shared_mail: Path, qtbot: QtBot
) -> None:
    several = 0
    for number, path in enumerate(sorted(shared_mail.glob("*/*.eml"))):
        content = path.read_bytes()
        attachments = read_overview(content).attachments
        if not attachments:
            continue
        several += len(attachments) > 1
        folder = tmp_path / str(number)
        folder.mkdir()
        told.dismiss()
        view = show(content)
        view.save_to_folder(view.choose(range(len(attachments))), folder)
        qtbot.waitUntil(lambda: "aved" in told.text)
        saved = {each.name: each.read_bytes() for each in folder.iterdir()}
        assert saved == {
            attachment.name: attachment_content(content, place)
            for place, attachment in enumerate(attachments)
        }
    assert several >= 3


def test_the_chosen_attachment_is_saved_though_another_message_is_shown(
    show: Show, tmp_path: Path, qtbot: QtBot
) -> None:
    view = show(attached("a.txt", "b.txt"))
    chosen = view.choose([1])
    view.show_attachments((), bytes)
    view.save_to_folder(chosen, tmp_path)
    qtbot.waitUntil((tmp_path / "b.txt").exists)
    qtbot.waitUntil(lambda: (tmp_path / "b.txt").read_bytes() == b"content 1")


def test_an_attachment_is_saved_though_the_details_are_closed(
    show: Show, tmp_path: Path, qtbot: QtBot
) -> None:
    view = show(attached("a.txt"))
    view.save_to_file(view.choose([0]), tmp_path / "a.txt")
    shiboken6.delete(view)
    qtbot.waitUntil((tmp_path / "a.txt").exists)
