"""Power fails: of every file only what was synced is there, and a random part of the rest.

A killed process leaves all it wrote in the page cache, so it proves nothing about this. Here SQLite
writes through a VFS that keeps a second folder, where only what was synced arrives.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.accounts import accounts, copies, faults_after_crash, faults_at_rest
from tests.faults.events import Plan
from tests.faults.striking import (
    PER_MESSAGE,
    SEND,
    Bench,
    points,
    recipients,
    strike_all,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc")

EVERY = [pytest.mark.thorough, pytest.mark.timeout(900)]


@contextmanager
def shadowed(bench: Bench, plan: Plan) -> Iterator[tuple[Path, Plan, Path]]:
    """A database, the plan with a shadow for it, and the database as power loss leaves it."""
    with bench.database() as database:
        image = database.parent / "image"
        image.mkdir()
        shutil.copy(database, image)
        seeded = replace(plan, shadow=str(image), early=plan.early and random.randrange(1, 10**9))
        yield database, seeded, image / database.name


def lose_power_accepting(bench: Bench, plan: Plan) -> bool:
    """While mail comes in: what was told to be queued is."""
    since = bench.server.mark()
    with shadowed(bench, plan) as (database, seeded, image):
        ended = bench.run(seeded, "--database", database, "enqueue", *bench.files)
        assert ended.killed or ended.code == 0, (seeded, ended)
        found = accounts(image)
        told = f"{seeded}: {ended} {found}"
        bench.run.well("--database", image, "check")
        assert len(found) in {0, PER_MESSAGE * len(bench.files)}, told
        lost = set(ended.ids) - {account.queue_id for account in found.values()}
        assert not lost, f"{lost} are lost: {told}"
        bench.run.well("--database", image, *SEND)
        bench.server.settle()
        wrong = faults_at_rest(accounts(image), copies(bench.server.accepted(since)), found)
        assert not list(wrong), told
    return ended.killed


def lose_power_sending(bench: Bench, plan: Plan) -> bool:
    """While mail goes out: what the server may have does not look unsent."""
    since = bench.server.mark()
    with shadowed(bench, plan) as (database, seeded, image):
        ended = bench.run(seeded, "--database", database, *SEND)
        assert ended.killed or ended.code == 0, (seeded, ended)
        bench.server.settle()
        wrong = list(faults_after_crash(accounts(image), copies(bench.server.accepted(since))))
        bench.run.well("--database", image, *SEND)
        bench.server.settle()
        taken, expected = copies(bench.server.accepted(since)), recipients(bench.messages)
        wrong += faults_at_rest(accounts(image), taken, expected)
        assert not wrong, "\n".join([str(seeded), *wrong])
        bench.run.well("--database", image, "check")
    return ended.killed


@pytest.mark.parametrize("early", [0, 1], ids=["synced", "and-more"])
@pytest.mark.parametrize("stride", [pytest.param(6, id="some"), pytest.param(1, marks=EVERY)])
def test_accepted_mail_survives_a_power_failure(
    takers: list[Bench], stride: int, early: int
) -> None:
    basis = Plan(early=early)
    plans = points(takers[0], "enqueue", *takers[0].files, basis=basis)
    chosen = [*plans[random.randrange(stride) :: stride], basis]
    assert strike_all(takers, chosen, lose_power_accepting) == len(chosen) - 1


@pytest.mark.parametrize("early", [0, 1], ids=["synced", "and-more"])
@pytest.mark.parametrize("stride", [pytest.param(40, id="some"), pytest.param(2, marks=EVERY)])
def test_a_power_failure_while_sending_loses_and_doubles_nothing_unsaid(
    pipelining: list[Bench], stride: int, early: int
) -> None:
    basis = Plan(early=early)
    plans = points(pipelining[0], *SEND, basis=basis)
    chosen = [*plans[random.randrange(stride) :: stride], basis]
    assert strike_all(pipelining, chosen, lose_power_sending) >= 0.6 * len(chosen)


def test_control_without_sync_accepted_mail_is_lost(takers: list[Bench]) -> None:
    with pytest.raises(AssertionError, match="are lost"):
        lose_power_accepting(takers[0], Plan(broken=("no_sync",)))


def test_control_without_sync_sent_mail_looks_unsent(pipelining: list[Bench]) -> None:
    with pytest.raises(AssertionError, match=r"looks unsent|delivered and unknown"):
        lose_power_sending(pipelining[0], Plan(broken=("no_sync",)))
