"""What of commands is in the log files: the sender's run, bugs of all the others."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mailadmin import __version__
from mailadmin.cli.frame.context import Context
from mailadmin.domain.provider import Encryption
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, Program, queued
from tests.faults.senders import until
from tests.smtp_providers import smtp_provider

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="where the log is")


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the logs; not there yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "mailadmin" / "log"


def test_the_log_file_tells_of_a_run_of_the_sender(
    cli: CommandLine, store: Store, logs: Path, database: Path
) -> None:
    store.providers.add(
        smtp_provider("Relay", "127.0.0.1", 1, "a@example.org", encryption=Encryption.NONE)
    )
    queued(store, "ann@example.org", subject="Your salary")
    cli("send", "--until-empty")
    text = (logs / "mailadmin-send.log").read_text("utf-8")
    assert f"INFO Start: Mail Admin {__version__}" in text
    assert f"database {database}" in text
    assert text.splitlines()[-1].endswith("INFO Stop")
    for private in ("ann@", "salary", "example.org"):
        assert private not in text
    assert [each.name for each in logs.iterdir()] == ["mailadmin-send.log"]


def test_the_log_file_tells_why_a_sender_could_not_go_on(
    cli: CommandLine, store: Store, logs: Path
) -> None:
    queued(store, "ann@example.org")
    assert cli("send", "--until-empty").code == 1
    text = (logs / "mailadmin-send.log").read_text("utf-8")
    assert "INFO Sender: no enabled provider" in text
    assert "WARNING Shown: 1 email is due and was not sent" in text


def test_other_commands_write_no_log_file(cli: CommandLine, store: Store, logs: Path) -> None:
    queued(store, "ann@example.org")
    assert cli("queue", "list").code == 0
    assert cli("queue", "show", "99").code == 1
    assert cli("nonsense").code == 2
    assert not logs.exists()


def test_a_demo_writes_no_log_file(cli: CommandLine, logs: Path) -> None:
    assert cli.bare("--demo", "queue", "list").code == 0
    assert not logs.exists()


def test_a_bug_of_any_command_is_reported_in_a_log_file(
    cli: CommandLine, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("for ann@example.org")

    monkeypatch.setattr(Context, "store", property(broken))
    with pytest.raises(ZeroDivisionError):
        cli("queue", "list", "--json")
    text = (logs / "mailadmin-commands.log").read_text("utf-8")
    assert "ERROR Unexpected error" in text
    assert "ZeroDivisionError: for ***@***" in text
    assert ", in broken" in text


def test_a_sender_whose_log_can_not_be_written_sends_all_the_same(
    program: Program, store: Store, logs: Path
) -> None:
    logs.parent.parent.mkdir(parents=True)
    logs.parent.touch()
    store.providers.add(smtp_provider("Relay", "smtp.example.org", 25, "a@example.org"))
    done = program("send", "--until-empty", "--json-log")
    assert done.code == 0
    events = [json.loads(line) for line in done.err.splitlines()]
    assert [event["event"] for event in events] == ["no log file", "done"]
    plain = program("send", "--until-empty")
    assert plain.err.count("log file") == 1


def test_a_sender_stopped_by_two_signals_leaves_no_crash_file(
    program: Program, store: Store, logs: Path
) -> None:
    """Nothing that the next start would take for a crash."""
    log = logs / "mailadmin-send.log"
    with subprocess.Popen(
        program.command("send", "--forever"), stderr=subprocess.PIPE, text=True
    ) as process:
        until(lambda: log.exists() and "no enabled provider" in log.read_text("utf-8"))
        assert list(logs.glob("*running*"))
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert not list(logs.glob("*running*"))
    assert log.read_text("utf-8").splitlines()[-1].endswith("INFO Stop")
