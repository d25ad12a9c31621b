"""Numbered steps: all or nothing, once, with a copy made before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import apsw
import peewee
import pytest

from mailadmin.drivers.registry import standard_drivers
from mailadmin.place.location import parse_location
from mailadmin.store import Store
from mailadmin.store.base.database import Database
from mailadmin.store.base.schema import (
    AttemptRow,
    ContentRow,
    LogRow,
    MessageRow,
    ProviderHealthRow,
    ProviderRow,
    QueueCountRow,
    QueueRow,
    SettingRow,
    UndoRow,
    UndoStepRow,
)
from mailadmin.store.migrations import Step, all_steps, migrate


def add_color(database: peewee.Database) -> None:
    database.execute_sql("ALTER TABLE provider ADD COLUMN color TEXT")


def fail_half_way(database: peewee.Database) -> None:
    database.execute_sql("ALTER TABLE provider ADD COLUMN half TEXT")
    raise RuntimeError("the power went")


def columns(path: Path, table: str) -> set[str]:
    connection = apsw.Connection(str(path))
    names = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    connection.close()
    return names


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of today's version with one provider in it."""
    path = tmp_path / "mail.db"
    store = Store.open(path, standard_drivers())
    store.settings.set("canary", "kept")
    store.close()
    return path


def next_version(up: object) -> list[Step]:
    steps = all_steps()
    return [*steps, Step(steps[-1].version + 1, up)]  # type: ignore[arg-type]


def test_the_steps_make_the_tables_that_the_models_read(old: Path) -> None:
    for model in (
        ProviderRow, MessageRow, ContentRow, QueueRow, QueueCountRow, LogRow, AttemptRow,
        ProviderHealthRow, SettingRow, UndoRow, UndoStepRow,
    ):  # fmt: skip
        expected = {field.column_name for field in model._meta.sorted_fields}
        assert columns(old, model._meta.table_name) == expected


def test_steps_are_numbered_from_one_without_gaps() -> None:
    versions = [step.version for step in all_steps()]
    assert versions == list(range(1, len(versions) + 1))


def test_no_step_imports_todays_models() -> None:
    folder = Path(__file__).parents[3] / "mailadmin" / "store" / "migrations"
    for step in folder.glob("m[0-9]*.py"):
        assert "store.schema" not in step.read_text(), step.name


def test_an_existing_database_is_copied_before_it_is_changed(old: Path) -> None:
    database = Database(parse_location(old), 1.0)
    assert migrate(database, next_version(add_color)) == [all_steps()[-1].version + 1]
    database.close_connection()
    (copy,) = old.parent.glob("mail.before-migration-*.db")
    assert copy.stat().st_mode & 0o077 == 0
    assert "color" in columns(old, "provider")
    assert "color" not in columns(copy, "provider")
    restored = Store.open(copy, standard_drivers())
    assert restored.settings.get("canary") == "kept"
    restored.close()


def test_a_failing_step_leaves_nothing_behind(old: Path) -> None:
    database = Database(parse_location(old), 1.0)
    with pytest.raises(RuntimeError, match="power"):
        migrate(database, next_version(fail_half_way))
    database.close_connection()
    assert "half" not in columns(old, "provider")
    store = Store.open(old, standard_drivers())
    assert store.settings.get("canary") == "kept"
    store.close()


def test_a_current_database_is_neither_copied_nor_changed(old: Path) -> None:
    Store.open(old, standard_drivers()).close()
    assert not list(old.parent.glob("*before-migration*"))


def test_programs_started_together_migrate_once(tmp_path: Path) -> None:
    code = (
        "import sys; from mailadmin.store import Store;"
        " from mailadmin.drivers.registry import standard_drivers;"
        " Store.open(sys.argv[1], standard_drivers()).close()"
    )
    path = tmp_path / "mail.db"
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for _ in range(6)
    ]
    complaints = [program.communicate()[1] for program in programs]
    assert [program.returncode for program in programs] == [0] * 6, complaints
    connection = apsw.Connection(str(path))
    applied = [row[0] for row in connection.execute("SELECT version FROM schema_version")]
    connection.close()
    assert applied == [step.version for step in all_steps()]
