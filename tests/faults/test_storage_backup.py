"""A backup made while mail is sent shows one moment, and can take the place of the original."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.cli.conftest import Program
from tests.faults.accounts import accounts, copies, faults_after_crash, reader
from tests.faults.striking import SEND, Bench, benches, recipients, write_messages

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the bench forks"),
    pytest.mark.xdist_group("storage_backup"),  # the benches are made once
]

MESSAGES = 40


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A database with mail to send, and a server that takes its time."""
    with benches(tmp_path_factory.mktemp("bench"), MESSAGES, workers=1) as (made,):
        made.server.delay(0.002)
        yield made


def sound(database: Path) -> bool:
    """What SQLite thinks of it."""
    with closing(reader(database)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_backup_made_while_mail_is_sent_is_consistent(bench: Bench) -> None:
    since = bench.server.mark()
    expected = recipients(MESSAGES)
    with bench.database() as database:
        taken_so_far: list[Counter[str]] = []
        backups: list[Path] = []
        with subprocess.Popen(
            Program(database).command(*SEND), stderr=subprocess.DEVNULL
        ) as sender:
            bench.server.wait_accepted(1, since)
            while sender.poll() is None:
                taken_so_far.append(copies(bench.server.accepted(since)))
                backups.append(database.with_name(f"backup-{len(backups)}.db"))
                bench.run.well("--database", database, "backup", backups[-1])
            assert sender.returncode == 0
        bench.server.settle()
        assert set(copies(bench.server.accepted(since)).values()) == {1}
        assert len(backups) >= 3
        shown = set()
        for taken, backup in zip(taken_so_far, backups, strict=True):
            assert sound(backup)
            found = accounts(backup)
            assert set(found) == expected
            assert not list(faults_after_crash(found, taken))
            sent = {to for to, one in found.items() if one.status is None}
            assert sent <= set(copies(bench.server.accepted(since)))
            shown.add(len(sent))
        assert len(shown) > 1, "they show no progress"
        restore(bench, backups[len(backups) // 2])


def restore(bench: Bench, backup: Path) -> None:
    """Work on with a backup: everything in it comes to an end, nothing that was sent goes again."""
    place = backup.parent / "restored"
    place.mkdir()
    database = Path(shutil.copy(backup, place / "mail.db"))
    before = accounts(database)
    since = bench.server.mark()
    bench.run.well("--database", database, *SEND)
    bench.run.well("--database", database, "check")
    bench.server.settle()
    again = set(copies(bench.server.accepted(since)))
    found = accounts(database)
    assert set(found) == recipients(MESSAGES)
    assert again == {to for to, one in before.items() if one.status == QueueStatus.QUEUED} | {
        to
        for to, one in before.items()
        if one.status == QueueStatus.IN_PROGRESS and not any(tried.passed for tried in one.tries)
    }
    waiting = {one.status for one in found.values() if one.status is not None}
    assert waiting <= {QueueStatus.UNCERTAIN}


def test_control_a_copy_of_the_file_alone(bench: Bench, tmp_path: Path) -> None:
    """Without the log beside it a copied file is sound and lacks what was accepted last."""
    files = write_messages(tmp_path, MESSAGES + 1)[MESSAGES:]
    with bench.database() as database:
        store = Store.open(database, standard_drivers())
        bench.run.well("--database", database, "enqueue", *files)
        copy = Path(shutil.copy(database, tmp_path / "copy.db"))
        backup = tmp_path / "backup.db"
        bench.run.well("--database", database, "backup", backup)
        assert sound(copy)
        assert set(accounts(copy)) == recipients(MESSAGES)
        assert set(accounts(backup)) == recipients(MESSAGES + 1)
        store.close()
