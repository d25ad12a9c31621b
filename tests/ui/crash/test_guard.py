"""The whole program with bugs in it: each bug is shown in a dialog and logged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailadmin import __version__

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="where the log is")

_ROOT = Path(__file__).parents[3]

# Runs the program; `act` of the first argument gets the window once it is ready. A crash dialog is
# printed and closed, and the window is closed after it or after `act`.
_PROGRAM = """
import json, sys, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPlainTextEdit
from mailadmin.ui import app
from mailadmin.ui.start import early_start
from mailadmin.ui.window import main_window

act, done, make = None, False, app.application

def application(argv):
    made = make(argv)
    timer = QTimer(made, interval=10)
    timer.timeout.connect(look)
    timer.start()
    return made

def look():
    global done
    for widget in QApplication.topLevelWidgets():
        if not widget.isVisible():
            continue
        if widget.objectName() == "crashDialog":
            child = widget.findChild
            print(json.dumps({
                "sentence": child(QLabel, "crashSentence").text(),
                "count": child(QLabel, "crashCount").text(),
                "text": child(QPlainTextEdit, "crashReport").toPlainText(),
            }), flush=True)
            widget.close()
            close()
        elif isinstance(widget, QMessageBox):
            widget.close()
        elif getattr(widget, "ready", False) and not done:
            done = True
            if act is None or act(widget):
                widget.close()

def close():
    for widget in QApplication.topLevelWidgets():
        if widget.objectName() == "mainWindow" and widget.isVisible():
            widget.close()

app.application = application
exec(sys.argv[1])
from mailadmin.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


@dataclass
class Run:
    """The result of a run."""

    code: int
    dialogs: list[dict[str, str]]
    complaints: str
    folder: Path

    @property
    def log(self) -> str:
        """The log of this run and of earlier ones."""
        return (self.logs / "mailadmin.log").read_text("utf-8")

    @property
    def logs(self) -> Path:
        """The folder of the log files."""
        return self.folder / "state" / "mailadmin" / "log"


def run(folder: Path, code: str = "", *arguments: str) -> Run:
    arguments = arguments or ("--database", str(folder / "mail.db"))
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, code, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=_ROOT,
        timeout=60,
        check=False,
    )
    dialogs = [json.loads(line) for line in done.stdout.splitlines()]
    return Run(done.returncode, dialogs, done.stderr, folder)


def test_a_run_without_a_bug_logs_its_start_and_end(tmp_path: Path) -> None:
    first = run(tmp_path)
    assert (first.code, first.dialogs) == (0, []), first.complaints
    lines = first.log.splitlines()
    assert f"INFO Start: Mail Admin {__version__}" in lines[0]
    assert "Qt 6" in lines[0]
    assert lines[0].endswith("database ~/mail.db")
    assert "Database ~/mail.db is open, SQLite 3." in first.log
    assert lines[-1].endswith("INFO Stop")
    assert [each.name for each in first.logs.iterdir()] == ["mailadmin.log"]
    assert "Traceback" not in first.complaints


_FAIL = "def fail(password='can' + 'ary'):\n    raise ZeroDivisionError('to ann@example.org')\n"
_SOON = "def act(window):\n    QTimer.singleShot(0, fail)\n"


def told_once(done: Run, sentence: str = "Something did not work") -> str:
    """Check what all bugs have in common; return the report."""
    (dialog,) = done.dialogs
    assert sentence in dialog["sentence"]
    assert "is lost" in dialog["sentence"]
    text = dialog["text"]
    assert f"Mail Admin {__version__}" in text
    assert "ZeroDivisionError: to ***@***" in text
    for private in ("ann@", str(done.folder), "canary"):
        assert private not in text
        assert private not in done.log
    assert done.log.count("ERROR Unexpected error") == 1
    assert "    ZeroDivisionError: to ***@***" in done.log
    assert done.log.splitlines()[-1].endswith("INFO Stop")
    assert "ZeroDivisionError: to ann@example.org" in done.complaints  # Python still prints it
    return text


def test_a_bug_in_the_window_is_reported(tmp_path: Path) -> None:
    text = told_once(run(tmp_path, _FAIL + _SOON))
    assert "in the thread “MainThread”" in text


def test_a_bug_in_another_thread_is_reported(tmp_path: Path) -> None:
    code = "def act(window):\n    threading.Thread(target=fail, name='worker').start()\n"
    assert "in the thread “worker”" in told_once(run(tmp_path, _FAIL + code))


def test_a_bug_in_background_work_is_reported(tmp_path: Path) -> None:
    code = "def act(window):\n    window.tabs[0].background.run(fail)\n"
    told_once(run(tmp_path, _FAIL + code))


def test_a_bug_in_a_finalizer_is_reported(tmp_path: Path) -> None:
    code = "class Odd:\n    __del__ = lambda self: fail()\ndef act(window):\n    Odd()\n"
    told_once(run(tmp_path, _FAIL + code))


def test_a_bug_that_ends_the_sender_says_that_sending_stopped(tmp_path: Path) -> None:
    code = (
        "from mailadmin.delivery.deliverer import Deliverer\n"
        "Deliverer._take_turn = lambda self, **_: fail()\n"
        "act = lambda window: False\n"
    )
    text = told_once(run(tmp_path, _FAIL + code), "Sending stopped")
    assert "mailadmin-sender" in text


def test_a_bug_in_the_sender_s_event_loop_is_reported(tmp_path: Path) -> None:
    code = (
        "import asyncio\n"
        "from mailadmin.delivery.deliverer import Deliverer\n"
        "real = Deliverer._main\n"
        "async def main(self, *values, **named):\n"
        "    asyncio.get_running_loop().call_soon(fail)\n"
        "    await real(self, *values, **named)\n"
        "Deliverer._main = main\n"
        "act = lambda window: False\n"
    )
    (dialog,) = run(tmp_path, _FAIL + code).dialogs
    assert "Exception in callback fail()" in dialog["text"]


def test_a_bug_that_happens_many_times_is_reported_once(tmp_path: Path) -> None:
    code = "def act(window):\n    for _ in range(30):\n        QTimer.singleShot(0, fail)\n"
    done = run(tmp_path, _FAIL + code)
    told_once(done)


def test_a_bug_while_the_store_is_opened_ends_the_program(tmp_path: Path) -> None:
    done = run(tmp_path, _FAIL + "early_start._open = lambda location: fail()\n")
    assert done.code == 1
    told_once(done, "has to close")


def test_a_bug_before_the_window_is_made_ends_the_program(tmp_path: Path) -> None:
    done = run(tmp_path, _FAIL + "main_window.WindowTabs = lambda places, parent: fail()\n")
    assert done.code == 1
    told_once(done, "has to close")


def test_a_bug_in_the_first_paint_is_reported(tmp_path: Path) -> None:
    code = (
        "from PySide6.QtWidgets import QMainWindow\n"
        "def paint(self, event):\n"
        "    QMainWindow.paintEvent(self, event)\n"
        "    del main_window.MainWindow.paintEvent\n"
        "    fail()\n"
        "main_window.MainWindow.paintEvent = paint\n"
        "act = lambda window: False\n"
    )
    told_once(run(tmp_path, _FAIL + code))


def test_an_open_crash_dialog_does_not_keep_the_program_running(tmp_path: Path) -> None:
    """The window is closed, perhaps by a service manager, while the dialog is open."""
    code = (
        "def look():\n"
        "    global done\n"
        "    shown = [each.objectName() for each in QApplication.topLevelWidgets()\n"
        "             if each.isVisible()]\n"
        "    if 'crashDialog' in shown:\n"
        "        close()\n"
        "    elif 'mainWindow' in shown and not done:\n"
        "        done = True\n"
        "        fail()\n"
    )
    done = run(tmp_path, _FAIL + code)
    assert done.code == 0
    assert done.log.splitlines()[-1].endswith("INFO Stop")


def test_a_database_that_can_not_be_opened_is_no_bug(tmp_path: Path) -> None:
    (tmp_path / "mail.db").write_text("no database\n" * 100)
    done = run(tmp_path)
    assert (done.code, done.dialogs) == (1, [])
    assert "WARNING Shown: " in done.log
    assert "Unexpected" not in done.log


def test_the_next_start_shows_a_crash_in_c_code_once(tmp_path: Path) -> None:
    crash = "import faulthandler\ndef act(window):\n    faulthandler._sigsegv()\n"
    assert run(tmp_path, crash).code < 0
    (dialog,) = run(tmp_path).dialogs
    assert "ended unexpectedly the last time" in dialog["sentence"]
    assert "Segmentation fault" in dialog["text"]
    assert "in act" in dialog["text"]
    done = run(tmp_path)
    assert done.dialogs == []
    assert "ERROR An earlier run crashed" in done.log


def test_qt_s_warnings_are_logged_and_printed(tmp_path: Path) -> None:
    code = (
        "from PySide6.QtCore import qWarning\n"
        "def act(window):\n"
        "    for _ in range(20):\n"
        "        qWarning('something is odd')\n"
        "    return True\n"
    )
    done = run(tmp_path, code)
    assert done.complaints.count("something is odd") == 20
    assert done.log.count("WARNING Qt: something is odd") == 5
    assert "something is odd (not logged again)" in done.log


def test_a_log_that_can_not_be_written_is_shown_once(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    code = (
        "def act(window):\n"
        "    print(json.dumps({'notice': window.notice.text}), flush=True)\n"
        "    return True\n"
    )
    done = run(tmp_path, code)
    assert done.code == 0
    assert "The log file can't be written" in done.dialogs[0]["notice"]
    assert done.complaints.count("The log file can't be written") == 1


def test_a_demo_writes_no_log_and_reports_bugs(tmp_path: Path) -> None:
    done = run(tmp_path, _FAIL + _SOON, "--demo")
    assert len(done.dialogs) == 1
    assert not done.logs.exists()
