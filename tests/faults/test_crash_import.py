"""Killed while many files are taken in: all of them are queued or none, so nothing is twice."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

import pytest

from tests.faults.accounts import accounts
from tests.faults.events import Plan
from tests.faults.striking import (
    PER_MESSAGE,
    Bench,
    benches,
    points,
    strike_all,
    write_messages,
)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc"),
    pytest.mark.xdist_group("crash_import"),  # the benches are made once
]

FILES = 300


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bench]]:
    """Benches with many files."""
    with benches(tmp_path_factory.mktemp("imports"), 0) as made:
        for bench in made:
            bench.files = write_messages(bench.folder, FILES)
        yield made


def strike(bench: Bench, plan: Plan) -> bool:
    """Kill an import, and repeat it without looking at what became of the first."""
    with bench.database() as database:
        ended = bench.run(plan, "--database", database, "enqueue", *bench.files)
        assert ended.killed, (plan, ended)
        taken = len(accounts(database))
        assert taken in {0, PER_MESSAGE * FILES}, f"{plan}: {taken} of {PER_MESSAGE * FILES}"
        bench.run.well("--database", database, "enqueue", "--skip-known", *bench.files)
        assert len(accounts(database)) == PER_MESSAGE * FILES, plan
    return True


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(6, id="some"),
        pytest.param(100, id="many", marks=[pytest.mark.thorough, pytest.mark.timeout(900)]),
    ],
)
def test_a_killed_import_has_taken_all_files_or_none(made: list[Bench], number: int) -> None:
    plans = random.sample(points(made[0], "enqueue", *made[0].files), number)
    assert strike_all(made, plans, strike) == number


def test_control_without_a_transaction(made: list[Bench]) -> None:
    """Files that are committed one by one would be there in part."""
    basis = Plan(broken=("no_transaction",))
    plans = points(made[0], "enqueue", *made[0].files, basis=basis)
    with pytest.raises(AssertionError, match=f" of {PER_MESSAGE * FILES}"):
        strike(made[0], plans[len(plans) // 2])
