"""Undo of bulk changes: all rows as they were, but for those that somebody had since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.claim import Disposition
from mailadmin.domain.errors import NotFound
from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus, Resolution
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from mailadmin.store.queue.refusals import CHANGED_SINCE, GONE, SENDING
from mailadmin.tables.query import TableQuery
from tests.smtp_providers import smtp_provider
from tests.store.queue.many_rows import LATER, MANY, NOW, Make, act, content, queue, token
from tests.store.sender import ACCEPTED, LEFT, defer, lose, record, send, take


@pytest.fixture
def mixed(store: Store, provider: StoredProvider, message: Make) -> list[int]:
    """A row of each status but IN PROGRESS, with all that a row can have."""
    ids = queue(store, message, 7)
    queued, deferred, unsure, failed, elsewhere, held, dated = take(store, provider, 7, now=NOW)
    store.claims.give_back_all([queued], now=NOW)
    defer(store, deferred, LATER, now=NOW)
    lose(store, unsure, LATER, now=NOW)
    refused = Outcome(OutcomeKind.FAILED, Stage.RCPT, "no")
    record(store, failed, refused, Disposition(QueueStatus.FAILED, None, "no"), now=NOW)
    defer(store, elsewhere, NOW, now=NOW, avoid=frozenset({7}))
    defer(store, held, LATER, now=NOW)
    store.queue.hold([held.queue_id])
    store.claims.give_back_all([dated], now=NOW)
    store._database.sql("UPDATE queue SET not_before = ? WHERE id = ?", (LATER.isoformat(), ids[6]))
    return ids


@pytest.mark.parametrize("action", ["hold", "release", "send_now", "delete"])
def test_undo_restores_every_row_as_it_was(store: Store, mixed: list[int], action: str) -> None:
    before = content(store)
    result = act(store, action, mixed, now=LATER)
    changed = content(store)
    assert result.changed
    assert before["queue"] != changed["queue"]
    undone = store.queue.undo(token(result))
    assert set(undone.changed) == set(result.changed)
    assert undone.refused == {}
    assert undone.undo is None
    assert content(store) == before


def test_undo_goes_several_steps_back_and_tells_the_tables(store: Store, mixed: list[int]) -> None:
    contents = [content(store)]
    tokens = []
    for action in ("hold", "send_now", "hold", "release", "delete"):
        tokens.append(token(act(store, action, mixed, now=LATER)))
        contents.append(content(store))
    for each in reversed(tokens):
        contents.pop()
        store.queue.undo(each)
        assert content(store) == contents[-1]


def test_a_row_changed_again_is_left_until_the_later_change_is_undone(
    store: Store, mixed: list[int]
) -> None:
    before = content(store)
    first = token(store.queue.delete(mixed[:4]))
    store.queue.undelete(mixed[:4])
    second = token(store.queue.send_now(mixed))
    third = token(store.queue.hold(mixed[:2]))
    assert store.queue.undo(second).refused == dict.fromkeys(mixed[:2], CHANGED_SINCE)
    assert set(store.queue.undo(third).changed) == set(mixed[:2])
    assert set(store.queue.undo(second).changed) == set(mixed[:2])
    assert content(store) == before
    with pytest.raises(NotFound):
        store.queue.undo(first)  # they were brought back already


def test_a_row_the_sender_had_since_is_not_undone(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    ids = queue(store, message, 5)
    act(store, "hold", ids)
    result = act(store, "send_now", ids)
    sent, sending, back, later = take(store, provider, 4, now=NOW)
    send(store, sent, now=NOW)
    store.claims.give_back_all([back], now=NOW)
    defer(store, later, LATER, now=NOW)
    before = content(store)
    undone = store.queue.undo(token(result))
    assert undone.changed == (ids[4],)
    assert undone.refused == {
        sent.queue_id: GONE,
        sending.queue_id: SENDING,
        back.queue_id: CHANGED_SINCE,
        later.queue_id: CHANGED_SINCE,
    }
    assert content(store)["queue"][:3] == before["queue"][:3]
    assert store.queue.get(ids[4]).status is QueueStatus.HELD


def test_a_decision_made_since_is_not_undone(store: Store, mixed: list[int]) -> None:
    unsure = mixed[2]
    result = act(store, "hold", [unsure])
    store.queue.resolve([unsure], Resolution.RESEND, now=LATER)
    assert store.queue.undo(token(result)).refused == {unsure: CHANGED_SINCE}
    assert store.queue.get(unsure).status is QueueStatus.QUEUED


def test_mail_that_turned_out_to_have_arrived_does_not_come_back(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    queue(store, message, 1)
    (claim,) = take(store, provider, now=NOW)
    lose(store, claim, LATER, now=NOW)
    result = act(store, "delete", [claim.queue_id])
    assert record(store, claim, ACCEPTED, LEFT)
    assert store.queue.undo(token(result)).refused == {claim.queue_id: GONE}
    assert store.queue.count() == 0


def test_mail_bound_to_a_provider_that_went_away_stays_held(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    queue(store, message, 1)
    (claim,) = take(store, provider, now=NOW)
    lose(store, claim, LATER, now=NOW)
    result = act(store, "hold", [claim.queue_id])
    other = store.providers.add(smtp_provider("Other", "h", 587, "o@x.org"))
    store.providers.remove(provider.id)
    assert store.queue.undo(token(result)).refused == {claim.queue_id: CHANGED_SINCE}
    assert take(store, other, now=LATER) == []


def test_a_change_is_undone_once_by_whichever_process(store: Store, mixed: list[int]) -> None:
    before = content(store)
    result = act(store, "delete", mixed)
    other = Store.open(store.location.path, standard_drivers())
    other.queue.undo(token(result))
    other.close()
    assert content(store) == before
    with pytest.raises(NotFound, match="undone already"):
        store.queue.undo(token(result))


def test_an_undo_that_was_cancelled_can_go_on(store: Store, message: Make) -> None:
    ids = queue(store, message, MANY)
    before = content(store)
    result = store.queue.hold(ids)
    half = store.queue.undo(token(result), lambda done, total: False)
    assert half.left == MANY - len(half.changed) > 0
    store.queue.undo(token(result))
    assert content(store) == before


def test_a_change_can_be_undone_for_a_day(store: Store, mixed: list[int]) -> None:
    yesterday = datetime.now(UTC) - timedelta(hours=25)
    old = act(store, "hold", mixed[:2], now=yesterday)
    new = act(store, "hold", mixed[2:4], now=datetime.now(UTC) - timedelta(hours=23))
    assert store.queue.purge_deleted() == 0
    with pytest.raises(NotFound, match="too long ago"):
        store.queue.undo(token(old))
    assert store.queue.undo(token(new)).changed == new.changed
    steps = store._database.sql("SELECT done_at FROM undo_step")
    assert all(done_at > yesterday.isoformat() for (done_at,) in steps)


def test_of_many_deletions_only_the_old_ones_are_purged(store: Store, message: Make) -> None:
    old, new = queue(store, message, MANY), queue(store, message, 5)
    last_week = datetime.now(UTC) - timedelta(days=7)
    act(store, "delete", old, now=last_week)
    act(store, "delete", new, now=datetime.now(UTC))
    assert store.queue.purge_deleted() == MANY
    assert store._database.sql("SELECT id FROM message") == [(2,)]
    assert store.queue.undelete([*old[:1], *new]).changed == tuple(new)


def test_dates_noted_for_undo_are_shifted_with_the_clock(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    store.clock.adjust("boot", 1000.0, 30.0)
    queue(store, message, 1)
    (claim,) = take(store, provider, now=NOW)
    defer(store, claim, LATER, now=NOW)
    result = act(store, "hold", [claim.queue_id])
    assert store.clock.adjust("boot", 1000.0 + 86400, 30.0, now=NOW + timedelta(days=1))
    store.queue.undo(token(result))
    assert store.queue.get(claim.queue_id).next_attempt_date == LATER + timedelta(days=1)


# Resend -----------------------------------------------------------------------------------------


@pytest.fixture
def sent(store: Store, provider: StoredProvider, message: Make) -> list[int]:
    """IDs of three emails in the Log, delivered."""
    ids = queue(store, message, 3)
    for claim in take(store, provider, 3, now=NOW):
        send(store, claim, now=NOW)
    return ids


def test_undoing_a_resend_takes_the_new_rows_out_again(store: Store, sent: list[int]) -> None:
    before = content(store)
    result = act(store, "resend", sent)
    emails = [row.email_id for row in store.queue.rows(store.queue.ids(TableQuery("id", False)))]
    assert emails == sent == list(result.changed)
    assert len(store.queue.undo(token(result)).changed) == 3
    assert content(store) == before


def test_a_resent_email_that_was_claimed_is_not_taken_back(
    store: Store, provider: StoredProvider, sent: list[int]
) -> None:
    result = act(store, "resend", sent)
    first, second = take(store, provider, 2, now=NOW)
    store.claims.give_back_all([second], now=NOW)
    undone = store.queue.undo(token(result))
    assert undone.refused == {first.queue_id: SENDING, second.queue_id: CHANGED_SINCE}
    assert store.log.get(first.email_id).active_queue_id == first.queue_id
    assert store.queue.count() == 2


def test_a_deleted_row_does_not_come_back_beside_the_one_sent_again(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    queue(store, message, 2)
    for claim in take(store, provider, 2, now=NOW):
        defer(store, claim, LATER, now=NOW)
    ids = list(store.queue.ids(TableQuery("id", False)))
    first = act(store, "delete", ids)
    again = act(store, "resend", ids)
    assert store.queue.undo(token(first)).refused == dict.fromkeys(ids, CHANGED_SINCE)
    assert store.queue.undelete(ids).refused == dict.fromkeys(ids, CHANGED_SINCE)
    assert store.queue.count() == 2
    new = list(store.queue.ids(TableQuery("id", False)))
    act(store, "delete", new)
    act(store, "resend", ids)  # of an email that was sent again before
    assert store.queue.undelete(new).changed == ()
    assert store.queue.count() == 2
    assert set(store.queue.undo(token(again)).refused.values()) == {CHANGED_SINCE}


def test_a_deleted_row_does_not_come_back_after_its_email_was_sent_again(
    store: Store, provider: StoredProvider, message: Make
) -> None:
    ids = queue(store, message, 1)
    store.claims.give_back_all(take(store, provider, now=NOW), now=NOW)  # the Log has it now
    deleted = act(store, "delete", ids)
    again = act(store, "resend", ids)
    (claim,) = take(store, provider, now=NOW)
    send(store, claim, now=NOW)
    assert store.queue.undo(token(again)).refused == {claim.queue_id: GONE}
    assert store.queue.undo(token(deleted)).refused == {ids[0]: CHANGED_SINCE}
    assert store.queue.undelete(ids).refused == {ids[0]: CHANGED_SINCE}
    assert store.queue.count() == 0


def test_each_undo_restores_the_state_before_its_step(store: Store, mixed: list[int]) -> None:
    noted = store._database.sql("SELECT * FROM undo_row")
    contents, tokens = [], []
    for action in ("delete", "resend", "delete", "resend", "hold"):
        contents.append(content(store))
        rows = store.queue.ids(TableQuery("id")) if action in {"delete", "hold"} else mixed
        tokens.append(token(act(store, action, list(rows), now=LATER)))
    for each in reversed(tokens):
        undone = store.queue.undo(each)
        assert (len(undone.changed), undone.refused) == (len(mixed), {})
        assert content(store) == contents.pop()
    assert store._database.sql("SELECT * FROM undo_row") == noted


# What is asked before ---------------------------------------------------------------------------


def test_possible_duplicates_are_counted_in_the_database(store: Store, mixed: list[int]) -> None:
    assert store.queue.possible_duplicates(mixed) == 1
    assert store.queue.possible_duplicates([*mixed[:2], 999]) == 0


def test_delivered_mail_is_counted_in_the_database(
    store: Store, message: Make, sent: list[int]
) -> None:
    waiting = queue(store, message, 1)
    assert store.log.delivered([*waiting, *sent]) == 3
    store.queue.resend(sent[:1])
    assert store.log.delivered(sent) == 2  # the other one can't be sent again now
