"""A second start raises the first window; another database gets a window of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess, QProcessEnvironment, QTimer
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from mailadmin.ui.start.single_instance import SingleInstance, channel_name


def test_each_database_has_a_local_socket_of_its_own(tmp_path: Path) -> None:
    assert channel_name(str(tmp_path / "a.db")) != channel_name(str(tmp_path / "b.db"))
    (tmp_path / "link.db").symlink_to(tmp_path / "a.db")
    assert channel_name(str(tmp_path / "link.db")) == channel_name(str(tmp_path / "a.db"))


def test_without_a_window_no_instance_is_found(tmp_path: Path) -> None:
    assert not SingleInstance(str(tmp_path / "a.db")).call_running()


def test_a_second_start_raises_the_window_of_the_first_and_ends(
    tmp_path: Path, qtbot: QtBot
) -> None:
    database = tmp_path / "mail.db"
    first = SingleInstance(str(database))
    assert first.become_first()
    first.listen()
    second = QProcess()
    environment = QProcessEnvironment.systemEnvironment()
    environment.insert("QT_QPA_PLATFORM", "offscreen")
    environment.insert("HOME", str(tmp_path))
    second.setProcessEnvironment(environment)
    second.setWorkingDirectory(str(Path(__file__).parents[3]))
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
        "from mailadmin.ui.start.single_instance import SingleInstance\n"
        "app = QCoreApplication([])\nfirst = SingleInstance(sys.argv[1])\n"
        "first.become_first()\nfirst.listen()\nos._exit(9)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, database],
        check=False,
        cwd=Path(__file__).parents[3],
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
        "from mailadmin.ui.start import single_instance\nsingle_instance._OPENING = 30_000\n"
        "app = QCoreApplication([])\nsecond = single_instance.SingleInstance(sys.argv[1])\n"
        "print('calling', flush=True)\nsys.exit(0 if second.call_running() else 1)\n"
    )
    second = QProcess()
    second.setWorkingDirectory(str(Path(__file__).parents[3]))
    with qtbot.waitSignal(second.readyReadStandardOutput):
        second.start(sys.executable, ["-c", code, database])
    QTimer.singleShot(300, first.listen)  # after some failed calls
    with (
        qtbot.waitSignal(second.finished) as ended,
        qtbot.waitSignal(first.raiseRequested),
    ):
        pass
    assert ended.args is not None
    assert ended.args[0] == 0
    first.close()
    assert SingleInstance(database).become_first()


NAMES = ("letter.eml", "a\nb=*ü.eml", "x" * 200)


def hand_over(database: Path, files: list[Path], qtbot: QtBot) -> tuple[int, str]:
    """Start a second time with files; return the exit code and the output."""
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom PySide6.QtCore import QCoreApplication\n"
        "from mailadmin.domain.errors import KnownError\n"
        "from mailadmin.ui.start.single_instance import SingleInstance\n"
        "app = QCoreApplication([])\n"
        "second = SingleInstance(sys.argv[1], [Path(name) for name in sys.argv[2:]])\n"
        "try:\n    print(second.call_running())\nexcept KnownError as error:\n    print(error)\n"
    )
    second = QProcess()
    second.setWorkingDirectory(str(Path(__file__).parents[3]))
    with qtbot.waitSignal(second.finished, timeout=20_000):
        second.start(sys.executable, ["-c", code, str(database), *map(str, files)])
    return second.exitCode(), bytes(second.readAllStandardOutput().data()).decode().strip()


@pytest.mark.parametrize("count", [1, 3, 3000])
def test_a_second_start_passes_its_files_to_the_first(
    tmp_path: Path, qtbot: QtBot, count: int
) -> None:
    files = [tmp_path / f"{number}{NAMES[number % 3]}" for number in range(count)]
    first = SingleInstance(str(tmp_path / "mail.db"))
    got: list[list[Path]] = []
    raised: list[bool] = []
    first.filesHandedOver.connect(got.append)
    first.raiseRequested.connect(lambda: raised.append(True))
    assert first.become_first()
    first.listen()
    assert hand_over(tmp_path / "mail.db", files, qtbot) == (0, "True")
    assert got == [files]
    assert raised == [True]
    first.close()


def test_a_second_start_says_that_an_older_window_can_not_take_files(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailadmin.ui.start.single_instance._TAKEN", b"ok\n")  # as in older ones
    first = SingleInstance(str(tmp_path / "mail.db"))
    assert first.become_first()
    first.listen()
    code, said = hand_over(tmp_path / "mail.db", [tmp_path / "a.eml"], qtbot)
    assert code == 0
    assert "of another version" in said
    first.close()


@pytest.mark.parametrize("request_", [b"", b"open 5\nabc", b"open x\nabc", b"open"])
def test_an_incomplete_request_is_not_answered(
    tmp_path: Path, qtbot: QtBot, request_: bytes
) -> None:
    first = SingleInstance(str(tmp_path / "mail.db"))
    heard: list[object] = []
    first.filesHandedOver.connect(heard.append)
    first.raiseRequested.connect(lambda: heard.append(None))
    assert first.become_first()
    first.listen()
    socket = QLocalSocket()
    socket.connectToServer(channel_name(str(tmp_path / "mail.db")))
    assert socket.waitForConnected(5000)
    socket.write(request_)
    socket.flush()
    # The answer to a later request proves that the first one was read and ignored.
    other = QLocalSocket()
    other.connectToServer(channel_name(str(tmp_path / "mail.db")))
    assert other.waitForConnected(5000)
    with qtbot.waitSignal(other.readyRead):
        other.write(b"raise\n")
    assert heard == [None]
    assert socket.bytesAvailable() == 0
    socket.abort()
    other.abort()
    first.close()


def test_a_start_ignores_a_window_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailadmin.ui.start.single_instance._OPENING", 200)
    first = SingleInstance(str(tmp_path / "mail.db"))
    assert first.become_first()
    assert not SingleInstance(str(tmp_path / "mail.db")).call_running()
    first.close()
