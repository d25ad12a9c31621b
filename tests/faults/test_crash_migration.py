"""Killed, or without power, while a database of the first version is migrated.

Afterwards it is the old one or the new one, never between, with everything that was in it; and the
next start brings it to the end.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import apsw
import pytest

from mailadmin.store.migrations import APPLICATION_ID, m0001_initial
from tests.faults.accounts import reader
from tests.faults.events import Plan
from tests.faults.striking import Bench, benches, points, strike_all

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc"),
    pytest.mark.xdist_group("crash_migration"),  # the benches are made once
]

LIST = ("queue", "list", "--json")
EMAILS = 200
_WHEN = "2026-11-01T00:00:00.000000Z"


@dataclass(frozen=True, slots=True)
class State:
    """What a database is: its structure, and what of its content every version keeps."""

    version: object
    schema: frozenset[object]
    content: tuple[object, ...]


def state(database: Path) -> State:
    """Read a database, which has to be sound."""
    with closing(reader(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        version = connection.execute("SELECT max(version) FROM schema_version").fetchall()[0][0]
        schema = connection.execute("SELECT coalesce(sql, '') FROM sqlite_schema").fetchall()
        content = [
            *connection.execute("SELECT id, recipient, status, reason FROM queue ORDER BY id"),
            *connection.execute("SELECT message_id, content FROM message_content ORDER BY 1"),
            *connection.execute("SELECT id, recipient, status FROM journal ORDER BY id"),
        ]
    return State(version, frozenset(sql for (sql,) in schema), tuple(content))


def make_first_version(database: Path) -> None:
    """A database as the first version left it, with mail in it."""
    with closing(apsw.Connection(str(database))) as connection:
        connection.execute("PRAGMA journal_mode = wal").fetchall()
        connection.execute("BEGIN")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(
            "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, "
            "applied_at TEXT NOT NULL, program TEXT NOT NULL)"
        )
        connection.execute(m0001_initial.STATEMENTS)
        connection.execute("INSERT INTO schema_version VALUES (1, ?, '0.1')", (_WHEN,))
        connection.execute(
            "INSERT INTO message VALUES (1, 'x', 4, '<1@example.org>', 'Hi', '', NULL, ?, '')",
            (_WHEN,),
        )
        connection.execute("INSERT INTO message_content VALUES (1, x'01020304')")
        for number in range(1, EMAILS + 1):
            status = ("QUEUED", "HELD", "FAILED")[number % 3]
            connection.execute(
                "INSERT INTO queue (id, message_id, recipient, subject, created_at, status,"
                " next_attempt_at, schedule_started_at, attempts_count, reason, priority,"
                " schedule_step, epoch, unknown_outcomes)"
                " VALUES (:id, 1, :to, 'Hi', :when, :status, :next, :when, 0, '', 100, 0, 0, 0)",
                {
                    "id": number,
                    "to": f"person{number}@example.net",
                    "when": _WHEN,
                    "status": status,
                    "next": _WHEN if status == "QUEUED" else None,
                },
            )
        connection.execute("COMMIT")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bench]]:
    """Benches with a database of the first version."""
    with benches(tmp_path_factory.mktemp("migrations"), 0) as made:
        for bench in made:
            bench.template.unlink()
            make_first_version(bench.template)
        yield made


@pytest.fixture(scope="module")
def new(made: list[Bench]) -> State:
    """What it becomes if nothing goes wrong."""
    with made[0].database() as database:
        made[0].run.well("--database", database, *LIST)
        became = state(database)
        assert became.content == state(made[0].template).content
        assert became.version != 1
        return became


def strike(bench: Bench, plan: Plan, *, new: State, power: bool) -> bool:
    """Kill a migration; look at what is left, on the disk alone if also the power failed."""
    old = state(bench.template)
    with bench.database() as database:
        left = database
        if power:
            image = database.parent / "image"
            image.mkdir()
            left = Path(shutil.copy(database, image))
            plan = replace(plan, shadow=str(image), early=random.randrange(2**30))
        ended = bench.run(plan, "--database", database, *LIST)
        assert ended.killed, (plan, ended)
        assert state(left) in {old, new}, f"{plan}: between the versions"
        bench.run.well("--database", left, *LIST)
        assert state(left) == new, plan
    return True


@pytest.mark.parametrize("power", [False, True], ids=["killed", "power"])
@pytest.mark.parametrize(
    "stride",
    [
        pytest.param(15, id="some"),
        pytest.param(1, id="every", marks=[pytest.mark.thorough, pytest.mark.timeout(900)]),
    ],
)
def test_a_killed_migration_leaves_the_old_or_the_new_schema(
    made: list[Bench], new: State, stride: int, power: bool
) -> None:
    plans = points(made[0], *LIST)
    assert len(plans) >= 60, plans
    chosen = plans[random.randrange(stride) :: stride]
    blow = partial(strike, new=new, power=power)
    assert strike_all(made, chosen, blow) == len(chosen)


def test_control_steps_without_a_transaction(made: list[Bench], new: State) -> None:
    """Were the steps committed one by one, a crash would leave something between."""
    basis = Plan(broken=("no_transaction",))
    plans = points(made[0], *LIST, basis=basis)
    with pytest.raises(AssertionError, match="between the versions"):
        strike_all(made[:1], plans[::3], partial(strike, new=new, power=False))
