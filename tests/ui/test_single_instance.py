"""A second start raises the first window; another database has a window of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess, QProcessEnvironment, QTimer
from pytestqt.qtbot import QtBot

from mailadmin.ui.single_instance import SingleInstance, channel_name


def test_databases_have_channels_of_their_own(tmp_path: Path) -> None:
    assert channel_name(str(tmp_path / "a.db")) != channel_name(str(tmp_path / "b.db"))
    (tmp_path / "link.db").symlink_to(tmp_path / "a.db")
    assert channel_name(str(tmp_path / "link.db")) == channel_name(str(tmp_path / "a.db"))


def test_without_a_window_nothing_answers(tmp_path: Path) -> None:
    assert not SingleInstance(str(tmp_path / "a.db")).call_running()


def test_a_second_start_raises_the_first_and_ends(tmp_path: Path, qtbot: QtBot) -> None:
    database = tmp_path / "mail.db"
    first = SingleInstance(str(database))
    assert first.become_first()
    first.listen()
    second = QProcess()
    environment = QProcessEnvironment.systemEnvironment()
    environment.insert("QT_QPA_PLATFORM", "offscreen")
    environment.insert("HOME", str(tmp_path))
    second.setProcessEnvironment(environment)
    second.setWorkingDirectory(str(Path(__file__).parents[2]))
    with (
        qtbot.waitSignal(second.finished) as ended,
        qtbot.waitSignal(first.raiseRequested),
    ):
        second.start(sys.executable, ["-m", "mailadmin", "--database", str(database)])
    assert ended.args is not None
    assert ended.args[0] == 0
    assert not database.exists()  # the second start did not even open it
    first.close()


def test_a_socket_left_by_a_crash_is_replaced(tmp_path: Path, qtbot: QtBot) -> None:
    database = str(tmp_path / "mail.db")
    code = (
        "import os, sys\nfrom PySide6.QtCore import QCoreApplication\n"
        "from mailadmin.ui.single_instance import SingleInstance\n"
        "app = QCoreApplication([])\nfirst = SingleInstance(sys.argv[1])\n"
        "first.become_first()\nfirst.listen()\nos._exit(9)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, database],
        check=False,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    second = SingleInstance(database)
    assert not second.call_running()
    assert second.become_first()
    second.listen()
    assert second._server is not None
    assert second._server.isListening()
    second.close()


def test_a_start_waits_for_a_window_that_is_just_being_opened(tmp_path: Path, qtbot: QtBot) -> None:
    database = str(tmp_path / "mail.db")
    first = SingleInstance(database)
    assert first.become_first()
    code = (
        "import sys\nfrom PySide6.QtCore import QCoreApplication\n"
        "from mailadmin.ui import single_instance\nsingle_instance._OPENING = 30_000\n"
        "app = QCoreApplication([])\nsecond = single_instance.SingleInstance(sys.argv[1])\n"
        "print('calling', flush=True)\nsys.exit(0 if second.call_running() else 1)\n"
    )
    second = QProcess()
    second.setWorkingDirectory(str(Path(__file__).parents[2]))
    with qtbot.waitSignal(second.readyReadStandardOutput):
        second.start(sys.executable, ["-c", code, database])
    QTimer.singleShot(300, first.listen)  # after it found nobody for some times
    with (
        qtbot.waitSignal(second.finished) as ended,
        qtbot.waitSignal(first.raiseRequested),
    ):
        pass
    assert ended.args is not None
    assert ended.args[0] == 0
    first.close()
    assert SingleInstance(database).become_first()


def test_a_window_that_does_not_answer_is_no_reason_not_to_open_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailadmin.ui.single_instance._OPENING", 200)
    first = SingleInstance(str(tmp_path / "mail.db"))
    assert first.become_first()
    assert not SingleInstance(str(tmp_path / "mail.db")).call_running()
    first.close()
