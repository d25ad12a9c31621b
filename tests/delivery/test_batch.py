"""Which claims share a transaction."""

from __future__ import annotations

from datetime import UTC, datetime

from mailadmin.delivery.batch import pack
from mailadmin.domain.claim import Claim

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def claim(number: int, message: int, recipient: str) -> Claim:
    return Claim(
        queue_id=number,
        email_id=number,
        stored_id=message,
        attempt_id=number,
        recipient=recipient,
        owner="me",
        epoch=1,
        attempts_count=0,
        schedule_step=0,
        schedule_started_at=NOW,
        expires_at=None,
        envelope_from=None,
        size=4,
        unknown_outcomes=0,
    )


def packed(claims: list[Claim], most: int = 50) -> list[list[str]]:
    return [list(batch.claims) for batch in pack(claims, {1: b"one"}, most)]


def test_neighbours_of_one_message_share_a_transaction_and_order_is_kept() -> None:
    claims = [claim(1, 1, "a"), claim(2, 1, "b"), claim(3, 2, "c"), claim(4, 1, "d")]
    assert packed(claims) == [["a", "b"], ["c"], ["d"]]


def test_a_transaction_has_no_more_recipients_than_allowed() -> None:
    claims = [claim(n, 1, f"r{n}") for n in range(5)]
    assert packed(claims, 2) == [["r0", "r1"], ["r2", "r3"], ["r4"]]


def test_a_recipient_that_is_queued_twice_is_sent_twice() -> None:
    assert packed([claim(1, 1, "a"), claim(2, 1, "a")]) == [["a"], ["a"]]


def test_content_that_was_read_ahead_goes_along_and_large_content_does_not() -> None:
    first, second = pack([claim(1, 1, "a"), claim(2, 2, "b")], {1: b"one"})
    assert (first.content, second.content) == (b"one", None)


def test_no_claims_make_no_batch() -> None:
    assert packed([]) == []


def test_the_domains_of_a_batch_are_those_of_idna_2008() -> None:
    names = ["a@STRAßE.example", "b@xn--strae-oqa.example", "c@Strasse.example", "d@☕.example"]
    (batch,) = pack([claim(n, 1, name) for n, name in enumerate(names, 1)], {1: b"one"})
    assert batch.domains == {"xn--strae-oqa.example", "strasse.example", "☕.example"}
