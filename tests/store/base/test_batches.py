"""A batch does to each row what one call per row would do, and does it together or not at all."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailadmin.domain.claim import Claim, Disposition, Recording
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from mailadmin.store.messages import MessageDamaged
from tests.smtp_providers import smtp_provider
from tests.store.sender import ACCEPTED, LEFT, passes, record, take

Make = Callable[..., NewMessage]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
TABLES = ("queue", "journal", "attempt", "queue_count")


def filled(path: Path, count: int) -> tuple[Store, StoredProvider]:
    """A store with `count` waiting emails."""
    store = Store.open(path, standard_drivers())
    provider = store.providers.add(smtp_provider("Relay", "h", 587, "o@x.org", uid="same"))
    messages = [
        NewMessage(b"Hi", (f"a{n}@x.org", f"b{n}@x.org"), "Hello", f"<{n}@x>", priority=n % 3)
        for n in range(count // 2)
    ]
    store.queue.enqueue(messages, now=NOW)
    return store, provider


def content(store: Store) -> dict[str, list[Any]]:
    """Every row of the tables that sending changes."""
    return {name: store._database.sql(f"SELECT * FROM {name}") for name in TABLES}  # noqa: S608


def recording(claim: Claim, chance: random.Random) -> Recording:
    """Some outcome with some consequence."""
    kind = chance.choice(list(OutcomeKind))
    status = None if kind is OutcomeKind.ACCEPTED else chance.choice(list(QueueStatus)[2:])
    waits = status in {QueueStatus.DEFERRED, QueueStatus.UNCERTAIN}
    reply = Reply(451, f"451 4.7.1 «{claim.queue_id}»\r\n451 \0", "4.7.1")
    return Recording(
        claim,
        Outcome(kind, chance.choice(list(Stage)), "why", chance.choice((None, reply))),
        Disposition(
            status,
            LATER if waits else None,
            f"reason {claim.queue_id}",
            uses_attempt=chance.random() < 0.5,
            bind_provider=chance.random() < 0.5,
            avoid=frozenset(chance.sample(range(1, 30), chance.randrange(3))),
        ),
    )


def test_a_batch_of_many_is_the_same_as_one_by_one(tmp_path: Path) -> None:
    together, provider = filled(tmp_path / "together.db", 600)
    single, _ = filled(tmp_path / "single.db", 600)
    for _ in range(3):
        claims = take(together, provider, 400, now=NOW)
        assert take(single, provider, 400, now=NOW) == claims
        chance = random.Random(len(claims))
        stale = chance.sample(claims, len(claims) // 10)
        passing = chance.sample(claims, len(claims) // 2)
        together.claims.pass_points(passing, now=NOW)
        for claim in passing:
            single.claims.pass_points([claim], now=NOW)
        back = [claim for claim in claims if claim.queue_id % 5 == 0]
        together.claims.give_back_all(back, now=NOW)
        for claim in back:
            single.claims.give_back_all([claim], now=NOW)
        outcomes = [recording(claim, chance) for claim in [*claims, *stale]]
        live = together.claims.record_all(outcomes[: len(claims)], now=NOW)
        again = together.claims.record_all(outcomes[len(claims) :], now=NOW)
        assert live == {r.claim.attempt_id for r in outcomes[: len(claims)] if one(single, r)}
        assert again == {r.claim.attempt_id for r in outcomes[len(claims) :] if one(single, r)}
        assert content(together) == content(single)
    together.close()
    single.close()


def one(store: Store, r: Recording) -> bool:
    return record(store, r.claim, r.outcome, r.disposition, now=NOW)


def test_changes_made_together_are_committed_and_told_once(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    store.queue.enqueue([message("a@x.org", "b@x.org")], now=NOW)
    heard: list[Topic] = []
    store.subscribe(heard.append)
    other = Store.open(store.location.path, standard_drivers())
    with store.claims.together():
        first, second = take(store, provider, now=NOW)
        assert passes(store, first)
        assert record(store, first, ACCEPTED, LEFT)
        store.claims.give_back_all([second])
        assert heard == []
        assert other.queue.summary().counts == {QueueStatus.QUEUED: 2}
    assert sorted(heard) == sorted([Topic.QUEUE, Topic.LOG])
    assert other.queue.summary().counts == {QueueStatus.QUEUED: 1}
    other.close()


def test_changes_made_together_are_undone_when_one_fails(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    store.queue.enqueue([message()], now=NOW)
    (claim,) = take(store, provider, now=NOW)
    before = content(store)

    def half() -> None:
        with store.claims.together():
            record(store, claim, ACCEPTED, LEFT)
            store.settings.set("half", True)
            raise KeyError("half")

    with pytest.raises(KeyError):
        half()
    assert content(store) == before
    assert store.settings.get("half") is None


def test_a_failure_that_was_caught_inside_still_undoes_all(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    store.queue.enqueue([message()], now=NOW)

    def careless() -> None:
        with store.claims.together():
            take(store, provider, now=NOW)
            with pytest.raises(KeyError), store.claims.together():
                raise KeyError("inside")

    with pytest.raises(RuntimeError, match="none of it"):
        careless()
    assert store.queue.summary().counts == {QueueStatus.QUEUED: 1}
    assert len(take(store, provider, now=NOW)) == 1


def test_a_reply_is_kept_whatever_characters_it_has(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    store.queue.enqueue([message("a@x.org", "b@x.org")], now=NOW)
    first, second = take(store, provider, now=NOW)
    text = '550 "quoted" \\ back\x00slash\x7f\r\n550 Grüße 🎈'
    refused = Outcome(OutcomeKind.FAILED, Stage.RCPT, text, Reply(550, text))
    assert record(store, first, refused, Disposition(QueueStatus.FAILED, None, text))
    assert store.log.attempts(first.email_id)[0].reply_text == text
    assert store.queue.get(first.queue_id).reason == text
    broken = Outcome(OutcomeKind.FAILED, Stage.RCPT, "\udc80", Reply(550, "550 \udc80"))
    assert record(store, second, broken, Disposition(QueueStatus.FAILED, None, "no"))
    assert store.log.attempts(second.email_id)[0].reply_text == "550 ?"


def test_a_repeated_commit_of_the_same_outcome_changes_nothing(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    store.queue.enqueue([message("a@x.org", "b@x.org")], now=NOW)
    first, second = take(store, provider, now=NOW)
    outcomes = [
        Recording(first, ACCEPTED, LEFT),
        Recording(
            second,
            Outcome(OutcomeKind.DEFERRED, Stage.RCPT, "451"),
            Disposition(QueueStatus.DEFERRED, LATER, "451"),
        ),
    ]
    assert len(store.claims.record_all(outcomes, now=NOW)) == 2
    before = content(store)
    assert store.claims.record_all(outcomes, now=LATER) == frozenset()
    assert content(store) == before


def test_contents_come_together_up_to_a_size(store: Store, message: Make) -> None:
    texts = ["a" * 1000, "b" * 1000, "c" * 1000]
    store.queue.enqueue([message(text=text) for text in texts])
    found = store.messages.contents([3, 1, 3, 2], limit_bytes=2200)
    assert list(found) == [3, 1]
    assert found[3] == store.messages.content(3)
    assert list(store.messages.contents([2, 1], limit_bytes=1)) == [2]
    assert store.messages.contents([], limit_bytes=1) == {}


def test_damaged_contents_are_told_from_sound_ones(store: Store, message: Make) -> None:
    store.queue.enqueue([message(text="one"), message(text="two"), message(text="three")])
    database = store._database
    database.sql("UPDATE message_content SET content = x'00' WHERE message_id = 2")
    database.sql("DELETE FROM message_content WHERE message_id = 3")
    found = store.messages.contents([1, 2, 3], limit_bytes=10**6)
    assert found[1] == store.messages.content(1)
    assert isinstance(found[2], MessageDamaged)
    assert isinstance(found[3], MessageDamaged)
    assert "message 2" in str(found[2])
