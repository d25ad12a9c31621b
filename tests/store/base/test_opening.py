"""What is refused when a store is opened, and that it is left as it was."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from mailadmin.domain.errors import (
    InvalidInput,
    StorageBusy,
    StorageCorrupt,
    StorageReadOnly,
    StorageTooNew,
)
from mailadmin.drivers.registry import standard_drivers
from mailadmin.place.location import parse_location
from mailadmin.store import Store


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of a folder with the hash of its bytes."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_new_database_is_private_durable_and_without_the_wal_reset_bug(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "new" / "mail.db", standard_drivers())
    database = store._database.peewee
    assert database.journal_mode == "wal"
    assert database.synchronous == 2  # FULL
    assert database.foreign_keys == 1
    assert tuple(map(int, store.sqlite_version.split("."))) >= (3, 51, 3)
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    for path in (tmp_path / "new").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    store.close()


def test_a_path_a_home_relative_path_and_a_url_name_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse_location(str(tmp_path / "a.db")).path == tmp_path / "a.db"
    assert parse_location("~/a.db").path == tmp_path / "a.db"
    assert parse_location(f"sqlite:///{tmp_path}/a%20b.db").path == tmp_path / "a b.db"


@pytest.mark.parametrize(
    "location", ["", " ", "mysql://host/name", "sqlite://", ":memory:", "sqlite:///x.db?mode=ro"]
)
def test_a_location_of_another_kind_is_refused(location: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Store.open(location, standard_drivers())
    assert refusal.value.field == "database"


@pytest.mark.parametrize(
    "content", [b"just a text file\n" * 100, b"SQLite format 3\0" + b"x" * 900]
)
def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    before = fingerprint(tmp_path)
    with pytest.raises(StorageCorrupt, match=r"notes\.txt"):
        Store.open(path, standard_drivers())
    assert fingerprint(tmp_path) == before


def test_a_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = apsw.Connection(str(path))
    other.execute("CREATE TABLE provider (id INTEGER)")
    other.close()
    before = fingerprint(tmp_path)
    with pytest.raises(StorageCorrupt, match="another program"):
        Store.open(path, standard_drivers())
    assert fingerprint(tmp_path) == before


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_a_newer_database_is_refused_untouched(tmp_path: Path, journal_mode: str) -> None:
    path = tmp_path / "mail.db"
    Store.open(path, standard_drivers()).close()
    newer = apsw.Connection(str(path))
    newer.execute("INSERT INTO schema_version VALUES (9999, '2040-01-01', '99.0')")
    newer.execute(f"PRAGMA journal_mode = {journal_mode}")
    newer.close()
    before = fingerprint(tmp_path)
    with pytest.raises(StorageTooNew, match="9999"):
        Store.open(path, standard_drivers())
    assert fingerprint(tmp_path) == before


def test_a_damaged_header_is_never_repaired_by_recreating_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    Store.open(path, standard_drivers()).close()
    damaged = b"\0" * 100 + path.read_bytes()[100:]
    path.write_bytes(damaged)
    with pytest.raises(StorageCorrupt):
        Store.open(path, standard_drivers())
    assert path.read_bytes() == damaged


def test_the_error_about_a_damaged_file_names_the_newest_copy(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    store = Store.open(path, standard_drivers())
    for age, name in enumerate(["mail.new.db", "mail.old.db", "other.db"]):
        store.backup(tmp_path / name)
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "mail.notes.db").write_text("no database")
    store.close()
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])
    with pytest.raises(StorageCorrupt, match=r"newest copy beside it is mail\.new\.db"):
        Store.open(path, standard_drivers())


def test_a_writer_that_finds_the_database_locked_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    store = Store.open(path, standard_drivers(), busy_timeout=0.05)
    holder = apsw.Connection(str(path))
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageBusy, match="another program"):
        store.settings.set("key", 1)
    holder.execute("ROLLBACK")
    holder.close()
    store.settings.set("key", 1)
    assert store.settings.get("key") == 1
    store.close()


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageReadOnly, match="--database"):
        Store.open(tmp_path / "file" / "mail.db", standard_drivers())


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that a user without rights can reach (pytest's own are private to root)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.mark.parametrize("what", ["file", "folder", "file in a folder for all"])
def test_without_permission_the_message_says_what_to_do(public_folder: Path, what: str) -> None:
    path = public_folder / "mail.db"
    if what.startswith("file"):
        Store.open(path, standard_drivers()).close()
        path.chmod(0o444)
    public_folder.chmod(0o777 if what.endswith("all") else 0o555)
    before = fingerprint(public_folder)
    code = (
        "import os, sys\nfrom mailadmin.store import Store\n"
        "from mailadmin.drivers.registry import standard_drivers\n"
        "from mailadmin.store.migrations import all_steps\nall_steps()\n"
        "from mailadmin.domain.errors import StorageReadOnly\n"
        "if os.geteuid() == 0:\n    os.setuid(65534)  # root may write anywhere\n"
        "try:\n    Store.open(sys.argv[1], standard_drivers())\n"
        "except StorageReadOnly as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    public_folder.chmod(0o755)
    assert "Check the permissions" in done.stdout, done.stderr
    assert fingerprint(public_folder) == before
