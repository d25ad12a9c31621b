"""A backup: one moment of a database in use, complete and on disk, or nothing at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from mailadmin.domain.errors import InvalidInput, StorageCorrupt, StorageError, StorageFull
from mailadmin.domain.message import NewMessage
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.store.base import reading

posix = pytest.mark.skipif(sys.platform == "win32", reason="files of POSIX")


@pytest.fixture
def filled(store: Store, message: Callable[..., NewMessage]) -> Store:
    """Mail enough for a copy of many steps."""
    text = "x" * 100_000
    store.queue.enqueue([message("ann@example.org", "bob@example.org", text=text)] * 80)
    return store


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "copy.db"


def test_a_copy_holds_everything_for_its_owner_alone(filled: Store, target: Path) -> None:
    assert filled.backup(target)
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    if sys.platform != "win32":
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
    copy = Store.open(target, standard_drivers())
    try:
        ids = filled.queue.ids()
        assert copy.queue.rows(ids) == filled.queue.rows(ids)
        assert copy.messages.content(80) == filled.messages.content(80)
        assert copy.check().sound
    finally:
        copy.close()


def test_a_copy_shows_one_moment_while_mail_comes_in(
    filled: Store,
    target: Path,
    message: Callable[..., NewMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A commit at every step neither gets into the copy nor makes it start anew."""
    monkeypatch.setattr(reading, "_BETWEEN_REPORTS", 0.0)
    told: list[tuple[int, int]] = []

    def mail_comes_in(done: int, total: int) -> bool:
        told.append((done, total))
        filled.queue.enqueue([message()])
        return True

    assert filled.backup(target, mail_comes_in)
    assert len(told) > 4
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    assert filled.queue.count() == 160 + len(told)
    copy = Store.open(target, standard_drivers())
    assert copy.queue.count() == 160
    copy.close()


def test_a_cancelled_backup_leaves_no_file(
    filled: Store, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_BETWEEN_REPORTS", 0.0)
    for limit in (0.1, 0.6):  # while copying, while checking the copy

        def cancel(done: int, total: int, limit: float = limit) -> bool:
            return done < limit * total

        assert not filled.backup(target, cancel)
        assert list(target.parent.iterdir()) == []


def test_a_file_is_replaced_only_on_request(filled: Store, target: Path) -> None:
    target.write_bytes(b"of yesterday")
    with pytest.raises(InvalidInput, match="already exists"):
        filled.backup(target)
    assert target.read_bytes() == b"of yesterday"
    assert filled.backup(target, overwrite=True)
    assert target.read_bytes().startswith(b"SQLite format 3\0")
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_file_that_appeared_meanwhile_is_kept(filled: Store, target: Path) -> None:
    def somebody_else(done: int, total: int) -> bool:
        target.write_bytes(b"theirs")
        return True

    with pytest.raises(InvalidInput, match="already exists"):
        filled.backup(target, somebody_else)
    assert target.read_bytes() == b"theirs"
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@posix
def test_a_link_as_target_stays_a_link(filled: Store, target: Path, tmp_path: Path) -> None:
    pointee = tmp_path / "elsewhere.db"
    pointee.write_bytes(b"of yesterday")
    target.symlink_to(pointee)
    assert filled.backup(target, overwrite=True)
    assert target.is_symlink()
    assert pointee.read_bytes().startswith(b"SQLite format 3\0")


@posix
@pytest.mark.parametrize("name", ["mail.db", "mail.db-wal", "mail.db-shm", "hard", "soft"])
def test_the_database_itself_is_refused_as_a_target(
    filled: Store, tmp_path: Path, name: str
) -> None:
    database = tmp_path / "mail.db"
    (tmp_path / "hard").hardlink_to(database)
    (tmp_path / "soft").symlink_to(database)
    with pytest.raises(InvalidInput, match="is the database itself"):
        filled.backup(tmp_path / name, overwrite=True)
    assert filled.check().sound


@posix
def test_a_folder_or_pipe_is_refused_as_a_target(filled: Store, target: Path) -> None:
    with pytest.raises(InvalidInput, match="not a file"):
        filled.backup(target.parent, overwrite=True)
    os.mkfifo(target)
    with pytest.raises(InvalidInput, match="not a file"):
        filled.backup(target, overwrite=True)
    with pytest.raises(InvalidInput, match="not a file"):
        filled.backup(Path("nul\0"))
    with pytest.raises(StorageError, match="No such file"):
        filled.backup(target.parent / "absent" / "copy.db")


def test_a_target_with_a_leftover_wal_is_refused(filled: Store, target: Path) -> None:
    """SQLite would apply that log to the copy."""
    target.with_name("copy.db-wal").write_bytes(b"x")
    with pytest.raises(InvalidInput, match=r"copy\.db-wal"):
        filled.backup(target, overwrite=True)


@posix
def test_a_copy_is_on_disk_before_it_gets_its_name(
    filled: Store, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, bool]] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append((os.fstat(handle).st_ino, target.exists()))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    assert filled.backup(target)
    assert synced == [(target.stat().st_ino, False), (target.parent.stat().st_ino, True)]


@posix
def test_a_disk_that_fails_leaves_no_copy(
    filled: Store, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageError, match="Input/output error"):
        filled.backup(target)
    assert list(target.parent.iterdir()) == []


@posix
def test_a_share_that_can_not_sync_folders_gets_the_copy(
    filled: Store, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    assert filled.backup(target)


@posix
def test_a_disk_without_hard_links_gets_the_copy(
    filled: Store, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory sticks have none, and backups go to them."""

    def no_link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_link)
    assert filled.backup(target)
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    with pytest.raises(InvalidInput, match="already exists"):
        filled.backup(target)


@posix
def test_a_copy_that_can_not_grow_is_removed(filled: Store, target: Path) -> None:
    """The write fails in the middle, as on a disk that fills up."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, before[1]))
    try:
        with pytest.raises(StorageError, match="can't be written"):
            filled.backup(target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(target.parent.iterdir()) == []


def test_a_disk_without_room_is_refused_beforehand(
    filled: Store, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender may need what is left of the disk."""
    usage = shutil.disk_usage(target.parent)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StorageFull, match="would need"):
        filled.backup(target)


def test_a_damaged_database_does_not_replace_a_sound_backup(
    filled: Store, target: Path, tmp_path: Path
) -> None:
    assert filled.backup(target)
    sound = target.read_bytes()
    damage(tmp_path / "mail.db", "queue_status")
    with pytest.raises(StorageCorrupt, match="not sound"):
        filled.backup(target, overwrite=True)
    assert target.read_bytes() == sound
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def damage(database: Path, table: str, old: bytes = b"", new: bytes = b"") -> None:
    """Change the root page of a table or index, past all of SQLite's caches.

    `old` becomes `new` there; without them the page becomes rubbish.
    """
    connection = apsw.Connection(str(database))
    root, size = connection.execute(
        "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name=?",
        (table,),
    ).get
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.close()
    with database.open("rb+") as file:
        file.seek((root - 1) * size)
        page = file.read(size)
        assert old in page
        file.seek((root - 1) * size)
        file.write(page.replace(old, new) if old else page[:200] + b"\x5a" * (size - 200))
