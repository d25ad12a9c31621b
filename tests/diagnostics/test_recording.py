"""The log of one run, and the report about an earlier run that crashed."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailadmin import __version__
from mailadmin.diagnostics.crash_report import CrashKind, CrashReport
from mailadmin.diagnostics.events import event_log, note_shown
from mailadmin.diagnostics.recording import SENDER, Recording, log_path
from mailadmin.domain.errors import InvalidInput, KnownError, MessageRefused, StorageBusy

_PROGRAM = """
import sys
from pathlib import Path
from mailadmin.diagnostics.recording import SENDER, Recording
Recording(Path(sys.argv[1]), SENDER).start("database x.db")
print("ready", flush=True)
exec(sys.argv[2])
"""


@pytest.fixture
def crashes() -> list[CrashReport]:
    return []


@pytest.fixture
def recording(tmp_path: Path, crashes: list[CrashReport]) -> Iterator[Recording]:
    made = Recording(tmp_path, SENDER, on_crash=crashes.append).start("database x.db")
    yield made
    made.stop()


def log_of(folder: Path) -> str:
    return log_path(folder, SENDER).read_text("utf-8")


def run(folder: Path, what: str) -> subprocess.Popen[str]:
    environment = {key: os.environ[key] for key in os.environ if key != "PYTHONFAULTHANDLER"}
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, folder, what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(folder: Path, what: str) -> int:
    with run(folder, what) as process:
        process.communicate(timeout=30)
        return process.returncode


def next_start(folder: Path) -> list[CrashReport]:
    """Return the reports that the next start shows to the user."""
    told: list[CrashReport] = []
    Recording(folder, SENDER, on_crash=told.append).start("database x.db").stop()
    return told


def test_the_log_of_a_run_begins_with_versions_and_ends_with_stop(
    tmp_path: Path, recording: Recording
) -> None:
    recording.stop()
    first, last = log_of(tmp_path).splitlines()
    assert f"INFO Start: Mail Admin {__version__}" in first
    assert "Python " in first
    assert first.endswith(", database x.db")
    assert last.endswith("INFO Stop")
    assert not list(tmp_path.glob("*running*"))
    event_log().warning("nobody listens any more")
    assert "any more" not in log_of(tmp_path)


@pytest.mark.usefixtures("recording")
def test_errors_shown_to_the_user_are_logged_without_what_was_typed(tmp_path: Path) -> None:
    note_shown(StorageBusy("Another program holds “{path}”.", path="mail.db"))
    refused = MessageRefused("“Subject: {subject}” has a line end.", subject="Your salary")
    note_shown(refused)
    note_shown(InvalidInput("to", "“{text}” is no address.", text="salary"))
    note_shown(KnownError("{file}: {problem}", file="a.eml", problem=refused))
    text = log_of(tmp_path)
    assert "WARNING Shown: Another program holds “mail.db”." in text
    assert "salary" not in text


@pytest.mark.usefixtures("recording")
def test_a_bug_is_reported_once_and_counted(tmp_path: Path, crashes: list[CrashReport]) -> None:
    log = logging.getLogger("mailadmin.delivery.x")
    for _ in range(50):
        try:
            [].pop()
        except IndexError:
            log.exception("Contained")
    assert len(crashes) == 50  # the code that shows them counts them
    text = log_of(tmp_path)
    assert text.count("Traceback") == 1
    assert text.count("ERROR Unexpected error") == 1
    assert "Contained" in text
    assert "    IndexError: pop from empty list" in text


@pytest.mark.usefixtures("recording")
def test_warnings_are_still_printed_while_a_log_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("mailadmin.delivery.clock_watch").warning("The clock was set")
    event_log().warning("for the file alone")
    assert capsys.readouterr().err == "The clock was set\n"
    assert "The clock was set" in log_of(tmp_path)
    assert "for the file alone" in log_of(tmp_path)


def test_without_a_log_folder_no_file_is_written(
    tmp_path: Path, crashes: list[CrashReport]
) -> None:
    recording = Recording(None, SENDER, on_crash=crashes.append).start("a demo")
    try:
        logging.getLogger("mailadmin.x").error("bug", exc_info=ZeroDivisionError())
    finally:
        recording.stop()
    assert len(crashes) == 1
    assert not list(tmp_path.iterdir())


def test_a_log_that_can_not_be_written_is_reported_once(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    troubles: list[OSError] = []
    recording = Recording(tmp_path / "log", SENDER, on_trouble=troubles.append).start("x")
    event_log().warning("more")
    recording.stop()
    assert len(troubles) == 1


def test_the_next_start_reports_a_crash_in_c_code_once(tmp_path: Path) -> None:
    crash = "import faulthandler\ndef deep():\n    faulthandler._sigabrt()\ndeep()"
    assert ended(tmp_path, crash) != 0
    (report,) = next_start(tmp_path)
    assert report.kind is CrashKind.EARLIER
    assert report.summary.startswith("Fatal Python error: ")
    assert f"Mail Admin {__version__}" in report.text
    assert "in deep" in report.text
    assert "ERROR An earlier run crashed" in log_of(tmp_path)
    assert next_start(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_a_killed_run_is_logged_and_not_reported(tmp_path: Path) -> None:
    assert ended(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)") != 0
    assert next_start(tmp_path) == []
    assert "killed, or the power failed" in log_of(tmp_path)
    assert not list(tmp_path.glob("*running*"))


def test_a_run_that_has_not_ended_is_not_reported(tmp_path: Path) -> None:
    with run(tmp_path, "input()") as process:
        assert next_start(tmp_path) == []
        assert len(list(tmp_path.glob("*running*"))) == 1
        assert "killed" not in log_of(tmp_path)
        if sys.platform != "win32":
            process.send_signal(signal.SIGABRT)
            process.wait()
            assert len(next_start(tmp_path)) == 1
        process.kill()
