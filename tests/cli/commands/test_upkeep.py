"""`mailadmin backup` and `mailadmin check` on real files."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from mailadmin.cli.shown.progress import ProgressLine
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, Program, queued


def tamper(database: Path, statement: str) -> None:
    connection = apsw.Connection(str(database))
    connection.execute("PRAGMA foreign_keys = 0")
    connection.execute(statement)
    connection.close()


def test_a_backup_holds_the_queue(
    cli: CommandLine, store: Store, database: Path, tmp_path: Path
) -> None:
    ids = queued(store, "ann@example.org")
    copy = tmp_path / "copy.db"
    result = cli("backup", copy)
    assert (result.code, result.out) == (0, "")
    assert result.err == f"{database} is copied to {copy}.\n"
    rows = cli.bare("--database", copy, "queue", "list", "--json").json
    assert [row["id"] for row in rows] == ids
    if sys.platform != "win32":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600


@pytest.mark.usefixtures("store")
def test_a_backup_replaces_a_file_only_by_force(cli: CommandLine, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(b"of yesterday")
    assert "--force" in cli("backup", copy).reason
    assert copy.read_bytes() == b"of yesterday"
    assert cli("backup", "--force", copy).code == 0
    assert copy.read_bytes().startswith(b"SQLite format 3")


def test_ctrl_c_leaves_no_file(
    cli: CommandLine, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while it copies: nothing remains."""
    queued(store, "ann@example.org")

    def interrupt(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(ProgressLine, "__call__", interrupt)
    folder = tmp_path / "backups"
    folder.mkdir()
    assert cli("backup", folder / "copy.db").code == 130
    assert list(folder.iterdir()) == []
    assert cli("check").code == 130


def test_an_absent_database_is_not_created(
    cli: CommandLine, database: Path, tmp_path: Path
) -> None:
    """An empty copy, or an empty database that is sound, would be no help."""
    for command in (["backup", str(tmp_path / "copy.db")], ["check"]):
        assert cli(*command).reason == f"There is no database at {database}."
    assert not database.exists()
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_is_made_beside_a_program_that_commits_without_pause(
    program: Program, cli: CommandLine, store: Store, tmp_path: Path
) -> None:
    queued(store, *(f"r{number}@example.org" for number in range(500)))
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(program.database)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    try:
        assert writer.stdout.readline() == "writing\n"
        for name in ("one.db", "two.db"):
            assert program("backup", tmp_path / name).code == 0
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    first, second = (
        len(cli.bare("--database", tmp_path / name, "queue", "list", "--json").json)
        for name in ("one.db", "two.db")
    )
    assert 500 < first < second
    assert cli.bare("--database", tmp_path / "two.db", "check").code == 0


WRITER = """
import sys
from mailadmin.domain.message import NewMessage
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
store = Store.open(sys.argv[1], standard_drivers())
message = NewMessage(b"x" * 20000, ("ann@example.org",), "Hello", "<1@example.org>")
store.queue.enqueue([message])
print("writing", flush=True)
while True:
    store.queue.enqueue([message])
"""


def test_a_sound_database_is_said_to_be_sound(cli: CommandLine, store: Store) -> None:
    queued(store, "ann@example.org", "bob@example.org")
    result = cli("check")
    assert result.code == 0
    assert "Checked: 1 message of 24 bytes together." in result.out
    assert result.out.endswith("The database is sound.\n")
    assert cli("check", "--json").json == []


def test_a_finding_says_what_to_do(cli: CommandLine, store: Store, database: Path) -> None:
    ids = queued(store, "ann@example.org", "bob@example.org")
    tamper(database, "UPDATE message_content SET content = x'00'")
    result = cli("check")
    assert result.reason == f"{database} is not sound: damaged message."
    assert "hand the messages in again" in result.out
    assert f"queue IDs {ids[0]}, {ids[1]}" in result.out
    (found,) = cli("check", "--json").json
    assert list(found) == ["kind", "count", "ids", "problem"]
    assert (found["kind"], found["count"], found["ids"]) == ("damaged message", 1, [1])


def test_the_claim_of_a_killed_sender_is_found(
    program: Program, cli: CommandLine, store: Store
) -> None:
    """Its lease has not ended, but it can be seen that it runs no more."""
    queued(store, "ann@example.org")
    killed = subprocess.run([sys.executable, "-c", CLAIMER, str(program.database)], check=False)
    assert killed.returncode == 9
    result = cli("check")
    assert result.reason.endswith("is not sound: abandoned claim.")
    assert "mailadmin send" in result.out


CLAIMER = """
import os, sys
from mailadmin.delivery.owner import owner_name
from mailadmin.domain.claim import ClaimRequest
from tests.smtp_providers import smtp_provider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
store = Store.open(sys.argv[1], standard_drivers())
provider = store.providers.add(smtp_provider("Relay", "localhost", 25, "ann@example.org"))
assert store.claims.claim(owner_name(), ClaimRequest(provider, 1), lease=600).claims
os._exit(9)
"""


def test_backup_and_check_do_not_migrate_an_older_database(
    cli: CommandLine, store: Store, database: Path
) -> None:
    """A backup before an upgrade must not be the upgrade itself."""
    store.close()
    tamper(database, "DELETE FROM schema_version WHERE version > 1")
    before = database.read_bytes()
    assert cli("check").code == 0
    assert cli("backup", database.with_name("copy.db")).code == 0
    assert database.read_bytes() == before
    assert {path.name for path in database.parent.iterdir()} == {database.name, "copy.db"}


def test_a_file_of_another_kind_is_not_backed_up(
    cli: CommandLine, database: Path, tmp_path: Path
) -> None:
    database.parent.mkdir()
    database.write_bytes(b"no database at all, " * 100)
    assert "is damaged or is not a database" in cli("check").reason
    assert "is damaged or is not a database" in cli("backup", tmp_path / "copy.db").reason
    assert not (tmp_path / "copy.db").exists()
