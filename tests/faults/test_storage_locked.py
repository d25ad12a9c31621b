"""Another program holds the database with BEGIN EXCLUSIVE: all say so, and go on afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mailadmin.domain.log import LogStatus
from tests.cli.conftest import Program
from tests.faults.accounts import accounts, copies
from tests.faults.quick import Quick
from tests.faults.striking import SEND, Bench, recipients
from tests.faults.test_storage_full import IN_FLIGHT, read_until, sending
from tests.ui.application import running_window
from tests.ui.finding import child

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the bench forks")

SAID = "locked by another program"
WRITE = ("enqueue", "--to", "cy@example.net", "--from", "me@example.org", "--text", "Hi")

_HOLD = """
import apsw, sys
connection = apsw.Connection(sys.argv[1])
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Let another process have the lock until the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == b"held\n"
            yield
        finally:
            holder.stdin.close()
            holder.wait(60)


def test_the_command_line_reports_a_locked_database(crowded: Bench) -> None:
    """What comes in is refused after a while; a sender waits and says why; lists can be read."""
    since = crowded.server.mark()
    with crowded.database() as database:
        program = Program(database)
        quick = Quick(options={"storage_pause": 0.1})
        with sending(quick.command("--database", database, *SEND)) as sender:
            with held(database):
                read_until(sender, SAID)
                refused = program(*WRITE)
                assert SAID in refused.reason
                assert refused.out == ""
                assert len(program("queue", "list", "--json").json) == len(accounts(database))
                assert len(crowded.server.accepted(since)) <= IN_FLIGHT
            _, rest = sender.communicate(timeout=60)
            assert sender.returncode == 0, rest
        crowded.server.settle()
        found = accounts(database)
        assert set(found) == recipients(crowded.messages)
        assert {one.logged for one in found.values()} == {LogStatus.SUCCESS}
        assert not any(one.flagged for one in found.values())
        assert set(copies(crowded.server.accepted(since)).values()) == {1}
        assert program(*WRITE).code == 0  # the control: it was the lock


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(2, id="short"),
        pytest.param(60, id="long", marks=[pytest.mark.thorough, pytest.mark.timeout(180)]),
    ],
)
def test_the_window_stays_alive_with_a_locked_database(
    crowded: Bench, tmp_path: Path, qtbot: QtBot, seconds: int
) -> None:
    """It stays alive and says so; when the lock is gone, the mail goes out."""
    since = crowded.server.mark()
    with crowded.database() as database:
        with held(database), running_window(tmp_path, database=database) as window:
            label = child(window, QLabel, "senderStateLabel")
            ticks = [time.monotonic()]
            timer = QTimer()
            timer.timeout.connect(lambda: ticks.append(time.monotonic()))
            timer.start(20)
            qtbot.waitUntil(lambda: SAID in label.text(), timeout=30_000)
            qtbot.waitUntil(lambda: ticks[-1] - ticks[0] >= seconds, timeout=seconds * 2000)
            assert SAID in label.text()
            # A write waits five seconds for the lock: no such gap may be in the window's thread.
            assert max(later - earlier for earlier, later in pairwise(ticks)) < 3
            assert not crowded.server.accepted(since)
        crowded.run.well("--database", database, *SEND)
        crowded.server.settle()
        assert set(copies(crowded.server.accepted(since)).values()) == {1}
