"""Databases the program may not touch: of a newer version, in a place where it can't write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import pytest

from tests.cli.conftest import Program
from tests.faults.events import Plan
from tests.faults.striking import SEND, Bench
from tests.faults.test_storage_damage import COMMANDS, folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and drops capabilities")

WRITE = ("enqueue", "--to", "ann@example.net", "--from", "me@example.org", "--text", "Hi")


@pytest.fixture
def bench(pipelining: list[Bench]) -> Bench:
    """A database with mail in it."""
    return pipelining[0]


def make_newer(database: Path) -> None:
    """Let a later version have migrated it."""
    with closing(apsw.Connection(str(database))) as connection:
        connection.execute("INSERT INTO schema_version VALUES (9999, '2040-01-01', '99.0')")
        connection.execute("CREATE TABLE something_new (id INTEGER PRIMARY KEY)")


def refused_as_newer(bench: Bench, database: Path, plan: Plan = Plan()) -> None:  # noqa: B008
    """Every command tells which version it is and touches nothing."""
    before = folder(database)
    for command in COMMANDS:
        ended = bench.run(plan, "--database", database, *command)
        assert ended.code == 1, ended
        assert "newer version of Mail Admin (schema 9999" in ended.err, ended
        assert "left as it is" in ended.err, ended
        assert (ended.out, ended.err.count("\n")) == ("", 1)
        assert folder(database) == before, f"{command} changed it"


def test_a_database_of_a_newer_version_is_refused_and_untouched(bench: Bench) -> None:
    with bench.database() as database:
        make_newer(database)
        refused_as_newer(bench, database)


def test_control_a_program_that_knows_any_version(bench: Bench) -> None:
    with bench.database() as database:
        make_newer(database)
        with pytest.raises(AssertionError):
            refused_as_newer(bench, database, Plan(broken=("knows_any_version",)))


def as_user(database: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody whom permissions bind, which they do not do to root."""
    command = Program(database).command(*arguments)
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def permissions(path: Path, mode: int) -> Iterator[None]:
    """Change them for a while."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


@pytest.mark.parametrize("command", [WRITE, SEND], ids=["enqueue", "send"])
@pytest.mark.parametrize("what", ["file", "folder", "no-file"])
def test_a_read_only_database_is_refused_with_the_reason(
    bench: Bench, tmp_path: Path, what: str, command: tuple[str, ...]
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    database = place / "mail.db"
    if what != "no-file":
        shutil.copy(bench.template, database)
    before = folder(database)
    with permissions(database if what == "file" else place, 0o444 if what == "file" else 0o555):
        ended = as_user(database, *command)
    assert ended.returncode == 1, ended
    assert ended.stderr.startswith("mailadmin: "), ended
    assert ended.stderr.count("\n") == 1, ended
    assert str(place) in ended.stderr
    assert "permissions" in ended.stderr, ended
    assert ended.stdout == ""
    after = folder(database)
    assert {name: after[name] for name in before} == before
    assert what == "file" or after == before


def test_control_with_permissions(bench: Bench) -> None:
    """It is them that are in the way: the same user may write elsewhere."""
    with bench.database() as database:
        assert as_user(database, *WRITE).returncode == 0


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    with permissions(tmp_path, 0o555):
        ended = as_user(tmp_path / "new" / "mail.db", *WRITE)
    assert ended.returncode == 1, ended
    assert str(tmp_path / "new") in ended.stderr
    assert "--database" in ended.stderr
    assert list(tmp_path.iterdir()) == []
