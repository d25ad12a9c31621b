"""SIGKILL at the moments that matter: before the dot, between it and the reply, before the commit.

Before the dot nothing can have been sent: the mail is sent again. From there on nobody knows: it is
UNCERTAIN, waits, and is sent once more as a possible duplicate; then somebody has to decide.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailadmin.domain.log import LogStatus
from mailadmin.domain.queue import QueueStatus
from tests.faults.accounts import Account, accounts, copies
from tests.faults.commands import UNHARMED, Ended, child_command
from tests.faults.events import Plan
from tests.faults.striking import SEND, Bench, benches

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc"),
    pytest.mark.xdist_group("crash_moments"),  # the benches are made once
]

SOON, LATE = 14 * 60, 20 * 60
"""An UNCERTAIN message waits 15 minutes, give or take a fifth."""


@pytest.fixture(scope="module", params=[True, False], ids=["pipelined", "plain"])
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """One message to two recipients in the queue, a server that speaks either dialogue."""
    folder = tmp_path_factory.mktemp("bench")
    with benches(folder, 1, pipelining=request.param, workers=1) as (made,):
        yield made


def kill_before_the_reply(bench: Bench, database: Path) -> None:
    """From outside, while the server keeps back its answer to the dot."""
    since = bench.server.mark()
    command = child_command(UNHARMED, "--database", database, *SEND)
    with (
        bench.server.holding(),
        subprocess.Popen(command, stderr=subprocess.DEVNULL) as process,
    ):
        bench.server.wait_accepted(1, since)
        process.kill()
    bench.server.settle()


def kill_before_the_commit(bench: Bench, database: Path) -> None:
    """From within, as soon as the reply to the dot has been received."""
    plan = Plan(word="2.0.0 taken", moment="after")
    assert bench.run(plan, "--database", database, *SEND).killed
    bench.server.settle()


def sent(bench: Bench, database: Path) -> Ended:
    """Run a sender to its end."""
    ended = bench.run.well("--database", database, *SEND)
    bench.server.settle()
    return ended


def make_due(bench: Bench, database: Path, found: dict[str, Account]) -> None:
    """Let everything in the queue be sent now."""
    queued = [one.queue_id for one in found.values() if one.status is not None]
    bench.run.well("--database", database, "queue", "retry", *queued)


@pytest.mark.parametrize("kill", [kill_before_the_reply, kill_before_the_commit])
def test_a_crash_after_the_dot_leaves_the_email_uncertain(
    bench: Bench, kill: Callable[[Bench, Path], None]
) -> None:
    since = bench.server.mark()
    with bench.database() as database:
        kill(bench, database)
        taken = copies(bench.server.accepted(since))
        assert taken
        sent(bench, database)
        found = accounts(database)
        for recipient in taken:
            account = found[recipient]
            assert account.status == QueueStatus.UNCERTAIN
            assert account.wait is not None
            assert SOON <= account.wait <= LATE
            assert account.flagged == 0
        again = sent(bench, database)  # nothing is due
        assert "nothing was sent" in again.err
        assert set(copies(bench.server.accepted(since)).values()) == {1}
        make_due(bench, database, found)
        sent(bench, database)
        found = accounts(database)
        for recipient, number in copies(bench.server.accepted(since)).items():
            account = found[recipient]
            assert (account.status, account.logged) == (None, LogStatus.SUCCESS)
            assert (number, account.flagged) == ((2, 1) if recipient in taken else (1, 0))


def test_a_second_unknown_outcome_is_held(bench: Bench) -> None:
    since = bench.server.mark()
    with bench.database() as database:
        kill_before_the_commit(bench, database)
        (first, *_) = copies(bench.server.accepted(since))
        sent(bench, database)
        make_due(bench, database, accounts(database))
        kill_before_the_commit(bench, database)
        sent(bench, database)
        account = accounts(database)[first]
        assert (account.status, account.wait, account.flagged) == (QueueStatus.HELD, None, 1)
        assert copies(bench.server.accepted(since))[first] == 2


@pytest.mark.parametrize("word", ["220 recorder", "2.1.5 ok", "354 go on"])
def test_a_crash_before_the_dot_has_the_email_sent_again(bench: Bench, word: str) -> None:
    since = bench.server.mark()
    with bench.database() as database:
        assert bench.run(Plan(word=word, moment="after"), "--database", database, *SEND).killed
        bench.server.settle()
        assert not bench.server.accepted(since)
        sent(bench, database)
        found = accounts(database)
        assert set(copies(bench.server.accepted(since)).values()) == {1}
        assert {one.logged for one in found.values()} == {LogStatus.SUCCESS}
        assert not any(one.flagged for one in found.values())


def test_control_a_crash_after_the_dot_taken_for_one_before(bench: Bench) -> None:
    """Without the point of no return the mail would just be sent a second time."""
    since = bench.server.mark()
    broken = ("no_point_of_no_return",)
    with bench.database() as database:
        plan = Plan(word="2.0.0 taken", moment="after", broken=broken)
        assert bench.run(plan, "--database", database, *SEND).killed
        bench.server.settle()
        sent(bench, database)
        assert 2 in copies(bench.server.accepted(since)).values()
        assert not any(one.flagged for one in accounts(database).values())
