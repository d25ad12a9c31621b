"""A slow domain leaves a connection to all others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailadmin.delivery.batch import Batch
from mailadmin.delivery.slow_domains import SlowDomains
from mailadmin.domain.claim import Claim

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SLOW = 5.0


def batch(*recipients: str) -> Batch:
    return Batch(dict.fromkeys(recipients, CLAIM))


CLAIM = Claim(
    queue_id=1, email_id=1, stored_id=1, attempt_id=1, recipient="", owner="me", epoch=1,
    attempts_count=0, schedule_step=0, schedule_started_at=NOW, expires_at=None,
    envelope_from=None, size=10, unknown_outcomes=0,
)  # fmt: skip


class Watched:
    """What is under way, and a clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.domains = SlowDomains(SLOW, lambda: self.now)

    def begin(self, *recipients: str) -> Batch:
        made = batch(*recipients)
        self.domains.begin(made)
        return made

    def was_slow(self, *recipients: str) -> None:
        made = self.begin(*recipients)
        self.now += SLOW
        self.domains.end(made)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_quick_domains_may_have_all_connections(watched: Watched) -> None:
    for _ in range(4):
        watched.begin("a@quick.org")
    watched.now += SLOW - 0.001
    assert watched.domains.crowding(4) == frozenset()


def test_a_domain_that_is_slow_now_leaves_one_connection_to_others(watched: Watched) -> None:
    watched.begin("a@slow.org")
    watched.begin("b@slow.org")
    watched.now += SLOW
    assert watched.domains.crowding(4) == frozenset()  # it may have three
    watched.begin("c@SLOW.org")
    assert watched.domains.crowding(4) == {"slow.org"}
    watched.begin("d@quick.org")
    assert watched.domains.crowding(4) == {"slow.org"}


def test_a_slow_domain_has_one_of_two_connections_and_never_none(watched: Watched) -> None:
    watched.begin("a@slow.org")
    watched.now += SLOW
    assert watched.domains.crowding(2) == {"slow.org"}
    assert watched.domains.crowding(1) == {"slow.org"}


@pytest.mark.parametrize(("later", "slow"), [(0.0, True), (59.9, True), (60.0, False)])
def test_a_domain_that_was_slow_is_remembered_for_a_minute(
    watched: Watched, later: float, slow: bool
) -> None:
    watched.was_slow("a@slow.org")
    watched.now += later
    watched.begin("b@slow.org")
    assert watched.domains.crowding(2) == ({"slow.org"} if slow else frozenset())


def test_a_domain_that_was_quick_is_not_remembered(watched: Watched) -> None:
    made = watched.begin("a@quick.org")
    watched.now += SLOW - 0.001
    watched.domains.end(made)
    watched.begin("b@quick.org")
    assert watched.domains.crowding(2) == frozenset()


def test_all_domains_of_a_slow_transaction_are_taken_for_slow(watched: Watched) -> None:
    watched.was_slow("a@one.org", "b@two.org")
    watched.begin("c@one.org")
    watched.begin("d@two.org")
    assert watched.domains.crowding(2) == {"one.org", "two.org"}


def test_a_finished_transaction_counts_no_more(watched: Watched) -> None:
    watched.was_slow("a@slow.org")
    made = watched.begin("b@slow.org")
    assert len(watched.domains) == 1
    watched.domains.end(made)
    assert len(watched.domains) == 0
    assert watched.domains.crowding(2) == frozenset()
