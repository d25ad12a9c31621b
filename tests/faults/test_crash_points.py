"""SIGKILL at every point where the program touches the disk or the network, and at random ones.

Whatever it was doing: accepted by us = delivered + waiting for somebody, and each copy too many was
flagged. Every write, sync, send and receipt is a point, and the middle of each write and send.
"""

from __future__ import annotations

import random
import sys
from itertools import islice

import pytest

from tests.faults.events import Plan
from tests.faults.striking import (
    SEND,
    Bench,
    points,
    strike_accepting,
    strike_all,
    strike_sending,
    strike_until,
    timers,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc")

FEW = pytest.param(25, id="some")
"""Every so-many-th point."""
EVERY = pytest.param(1, id="every", marks=[pytest.mark.thorough, pytest.mark.timeout(900)])


@pytest.mark.parametrize("stride", [FEW, EVERY])
def test_a_sender_killed_at_any_point_loses_and_doubles_nothing_unsaid(
    senders: list[Bench], stride: int
) -> None:
    # What is written and synced is the same in both dialogues, and is every point of the short one.
    is_said_again = stride == 1 and not senders[0].pipelining
    plans = points(senders[0], *SEND, kinds=("send", "receive") if is_said_again else ("",))
    assert len(plans) >= 100, "that is not every write, sync, send and receipt"
    chosen = plans[random.randrange(stride) :: stride]
    killed = strike_all(senders, chosen, strike_sending)
    # Another run may have a few events less: connections share their commits as it comes.
    assert killed >= 0.6 * len(chosen)


@pytest.mark.parametrize("stride", [pytest.param(5, id="some"), EVERY])
def test_an_enqueue_killed_at_any_point_keeps_what_it_confirmed(
    takers: list[Bench], stride: int
) -> None:
    plans = points(takers[0], "enqueue", *takers[0].files)
    assert len(plans) >= 30
    chosen = plans[random.randrange(stride) :: stride]
    assert strike_all(takers, chosen, strike_accepting) == len(chosen)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(15, id="some"),
        pytest.param(140, id="many", marks=[pytest.mark.thorough, pytest.mark.timeout(900)]),
    ],
)
def test_a_sender_killed_at_random_loses_and_doubles_nothing_unsaid(
    senders: list[Bench], number: int
) -> None:
    """By a timer of the kernel, so in the middle of anything; the next senders die as well."""
    for bench in senders:
        bench.server.delay(0.001)

    tries = 10 * number
    first = list(timers(senders[0], *SEND, number=tries))
    others = iter(list(timers(senders[0], *SEND, number=2 * tries)))

    def strike(bench: Bench, plan: Plan) -> bool:
        return strike_sending(bench, plan, *islice(others, random.randrange(3)))

    try:
        assert strike_until(number, senders, first, strike) >= number
    finally:
        for bench in senders:
            bench.server.delay(0)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(10, id="some"),
        pytest.param(30, id="many", marks=[pytest.mark.thorough, pytest.mark.timeout(900)]),
    ],
)
def test_an_enqueue_killed_at_random_keeps_what_it_confirmed(
    takers: list[Bench], number: int
) -> None:
    bench = takers[0]
    plans = list(timers(bench, "enqueue", *bench.files, number=10 * number))
    assert strike_until(number, takers, plans, strike_accepting) >= number


def test_control_the_point_of_no_return(senders: list[Bench]) -> None:
    """Without it mail that the server has looks unsent, is sent again, and nobody is told."""
    plan = Plan(word="2.0.0 taken", moment="after", broken=("no_point_of_no_return",))
    with pytest.raises(AssertionError, match="looks unsent"):
        strike_sending(senders[0], plan)


def test_control_the_flag(senders: list[Bench]) -> None:
    """Were duplicates not flagged, they would be found at the server."""
    plan = Plan(word="2.0.0 taken", moment="after", broken=("no_flag",))
    with pytest.raises(AssertionError, match="sent twice unsaid"):
        strike_sending(senders[0], plan)


def test_control_ids_that_come_too_early(takers: list[Bench]) -> None:
    """IDs that are printed before the commit name mail that isn't there."""
    bench = takers[0]
    basis = Plan(broken=("ids_before_commit",))
    plans = points(bench, "enqueue", *bench.files, basis=basis)
    with pytest.raises(AssertionError, match="ids_before_commit"):
        strike_all([bench], plans[::5], strike_accepting)


def test_control_unharmed(senders: list[Bench]) -> None:
    """Nothing dies of no plan, and everything is delivered once."""
    assert not strike_sending(senders[0], Plan(at=10_000))
