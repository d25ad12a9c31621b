"""A disk that does not confirm what was written: an error of its own, and nothing is written on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from mailadmin.domain.errors import StorageCorrupt, StorageError, StorageSyncFailed
from mailadmin.domain.message import NewMessage
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store

Make = Callable[..., NewMessage]


class UnsyncedFile(apsw.VFSFile):
    """A file whose fsync fails while its disk does."""

    def __init__(
        self, disk: FailingDisk, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        self._disk = disk
        super().__init__("unix", name, flags)

    def xSync(self, flags: int) -> None:
        if self._disk.fails:
            failure = apsw.IOError("Input/output error")
            failure.extendedresult = apsw.SQLITE_IOERR_FSYNC  # type: ignore[attr-defined]
            raise failure
        super().xSync(flags)


class FailingDisk(apsw.VFS):
    """The file system of all databases opened while it exists."""

    def __init__(self) -> None:
        self.fails = False
        super().__init__("failing", "unix", makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> UnsyncedFile:
        return UnsyncedFile(self, name, flags)


@pytest.fixture
def disk() -> Iterator[FailingDisk]:
    disk = FailingDisk()
    yield disk
    disk.unregister()


@pytest.fixture
def failing(tmp_path: Path, disk: FailingDisk) -> Iterator[Store]:
    store = Store.open(tmp_path / "mail.db", standard_drivers())
    yield store
    store.close()


def test_a_failed_sync_has_an_error_of_its_own_that_says_what_to_do(
    failing: Store, disk: FailingDisk, message: Make
) -> None:
    disk.fails = True
    with pytest.raises(StorageSyncFailed, match=r"did not confirm.*check the disk"):
        failing.queue.enqueue([message()])
    assert isinstance(failing.sync_failure, StorageSyncFailed)


def test_nothing_is_written_afterwards_even_if_the_disk_says_yes_again(
    failing: Store, disk: FailingDisk, message: Make
) -> None:
    disk.fails = True
    with pytest.raises(StorageSyncFailed):
        failing.queue.enqueue([message()])
    disk.fails = False
    for write in (
        lambda: failing.queue.enqueue([message()]),
        lambda: failing.settings.set("a", 1),
    ):
        with pytest.raises(StorageSyncFailed):
            write()
    with pytest.raises(StorageSyncFailed), failing.claims.together():
        pass
    assert failing.queue.count() == 0  # reading goes on


def test_email_refused_by_the_disk_is_not_there_after_reopening(
    failing: Store, disk: FailingDisk, message: Make
) -> None:
    failing.queue.enqueue([message("kept@x.org")])
    disk.fails = True
    with pytest.raises(StorageSyncFailed):
        failing.queue.enqueue([message("refused@x.org")])
    disk.fails = False
    failing.close()
    again = apsw.Connection(str(failing.location.path), vfs="unix")
    assert again.execute("SELECT recipient FROM queue").fetchall() == [("kept@x.org",)]
    again.close()


def test_closing_carries_nothing_over_into_the_database_file(
    failing: Store, disk: FailingDisk, message: Make
) -> None:
    failing.queue.enqueue([message()])
    before = failing.location.path.read_bytes()
    disk.fails = True
    with pytest.raises(StorageSyncFailed):
        failing.queue.enqueue([message()])
    assert failing.location.path.read_bytes() == before


def test_the_other_threads_of_the_process_write_no_more_either(
    failing: Store, disk: FailingDisk, message: Make
) -> None:
    caught: list[StorageError] = []
    opened, failed = threading.Event(), threading.Event()

    def other_thread() -> None:
        with failing.thread():
            failing.queue.count()
            opened.set()
            failed.wait(30)
            try:
                failing.settings.set("a", 1)
            except StorageError as error:
                caught.append(error)

    thread = threading.Thread(target=other_thread)
    thread.start()
    opened.wait(30)
    disk.fails = True
    with pytest.raises(StorageSyncFailed):
        failing.queue.enqueue([message()])
    disk.fails = False
    failed.set()
    thread.join()
    assert isinstance(caught[0], StorageSyncFailed)


def test_writing_goes_on_over_new_connections_after_the_failure_is_acknowledged(
    failing: Store, disk: FailingDisk, message: Make
) -> None:
    before = failing._database.peewee.connection()
    disk.fails = True
    with pytest.raises(StorageSyncFailed):
        failing.queue.enqueue([message()])
    disk.fails = False
    failing.acknowledge_sync_failure()
    assert failing.sync_failure is None
    assert failing._database.peewee.connection() is not before
    failing.queue.enqueue([message()])
    assert failing.queue.count() == 1


def test_the_other_threads_get_new_connections_too(failing: Store, disk: FailingDisk) -> None:
    connections: list[apsw.Connection] = []
    opened, acknowledged = threading.Event(), threading.Event()

    def other_thread() -> None:
        with failing.thread():
            failing.queue.count()
            connections.append(failing._database.peewee.connection())
            opened.set()
            acknowledged.wait(30)
            failing.settings.set("other", 1)
            connections.append(failing._database.peewee.connection())

    thread = threading.Thread(target=other_thread)
    thread.start()
    opened.wait(30)
    disk.fails = True
    with pytest.raises(StorageSyncFailed):
        failing.settings.set("a", 1)
    disk.fails = False
    failing.acknowledge_sync_failure()
    acknowledged.set()
    thread.join()
    before, after = connections
    assert after is not before
    assert failing.settings.get("other") == 1


def test_a_disk_that_still_fails_is_not_written_again(failing: Store, disk: FailingDisk) -> None:
    disk.fails = True
    for _ in range(2):
        with pytest.raises(StorageSyncFailed):
            failing.settings.set("a", 1)
    with pytest.raises(StorageSyncFailed):
        failing.acknowledge_sync_failure()
    disk.fails = False
    with pytest.raises(StorageSyncFailed):
        failing.settings.set("a", 1)


def test_a_damaged_database_is_not_written_on(
    failing: Store, disk: FailingDisk, message: Make
) -> None:
    failing.queue.enqueue([message(*(f"{n}@x.org" for n in range(300)))])
    failing._database.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    disk.fails = True
    with pytest.raises(StorageSyncFailed):
        failing.settings.set("a", 1)
    disk.fails = False
    path = failing.location.path
    content = bytearray(path.read_bytes())
    content[-40960:] = b"\0" * 40960
    path.write_bytes(content)
    with pytest.raises(StorageCorrupt):
        failing.acknowledge_sync_failure()
    with pytest.raises(StorageSyncFailed):
        failing.settings.set("a", 1)


# The same with a real failing system call -----------------------------------------------------

CHILD = """
import json, os, sys
from mailadmin.domain.message import NewMessage
from mailadmin.domain.errors import StorageError
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store

def enqueue(name):
    try:
        store.queue.enqueue([NewMessage(b"Hi", (name,), "Hello", "<1@x>")])
    except StorageError as error:
        return type(error).__name__
    return "stored"

store = Store.open(sys.argv[1], standard_drivers())
marker = os.open(sys.argv[1] + ".marker", os.O_CREAT | os.O_WRONLY)
results = [enqueue("kept@x.org")]
os.fsync(marker)
results += [enqueue("refused@x.org"), enqueue("later@x.org")]
store.close()
again = Store.open(sys.argv[1], standard_drivers())
print(json.dumps([results, [row.email for row in again.queue.rows(again.queue.ids())]]))
again.close()
"""
TRACED = "trace=fsync,fdatasync"


def traced(path: Path, *arguments: str) -> tuple[list[object], str]:
    """Run the child under strace; gives what it printed and what was traced."""
    log = path.with_suffix(".strace")
    done = subprocess.run(
        ["strace", "-f", "-o", str(log), "-e", TRACED, *arguments,
         sys.executable, "-c", CHILD, str(path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), log.read_text()


@pytest.mark.skipif(
    shutil.which("strace") is None and not os.environ.get("CI"), reason="strace is not installed"
)
def test_a_real_fdatasync_that_fails_stops_all_writing(tmp_path: Path) -> None:
    ([results, rows], log) = traced(tmp_path / "sound.db")
    assert results == ["stored"] * 3
    assert len(rows) == 3  # type: ignore[arg-type]
    synced_before = len(re.findall(r"fdatasync\(", log.split(" fsync(")[0]))
    fault = f"inject=fdatasync:error=EIO:when={synced_before + 1}"
    ([results, rows], log) = traced(tmp_path / "failing.db", "-e", fault)
    assert log.count("INJECTED") == 1
    assert results == ["stored", "StorageSyncFailed", "StorageSyncFailed"]
    assert rows == ["kept@x.org"]
