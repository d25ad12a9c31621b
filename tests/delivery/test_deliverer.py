"""The sender against real servers: what leaves the queue, what stays, and what it says."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import apsw
import pytest

from mailadmin.credentials import Secret
from mailadmin.delivery import Activity, Condition, NoticeKind
from mailadmin.delivery.dispatcher import _GOODBYE
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.domain.claim import Disposition
from mailadmin.domain.log import LogStatus
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from tests.delivery.conftest import Running, loopback, signed_in
from tests.servers.aiosmtpd_server import PASSWORD, AiosmtpdServer
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import (
    PIPELINING,
    Answers,
    Peer,
    drop,
    hang,
    scripted_server,
)
from tests.smtp_providers import with_changes

Make = Callable[..., NewMessage]

HASTE = 8.0  # seconds that two may be on a busy machine; a server has minutes for its reply


def reached(server: AiosmtpdServer) -> list[str]:
    """Every recipient of every message the server took, in order."""
    return sorted(name for message in server.received for name in message.recipients)


@pytest.mark.parametrize("kind", ["starttls_server", "implicit_tls_server"])
def test_mail_goes_over_tls_with_auth_and_the_log_says_success(
    kind: str,
    request: pytest.FixtureRequest,
    running: Running,
    certificates: Certificates,
    message: Make,
) -> None:
    server: AiosmtpdServer = request.getfixturevalue(kind)
    signed_in(running, server, certificates)
    running.store.queue.enqueue([message("ann@example.org", "bob@example.org")])
    assert running.until_empty().activity is Activity.IDLE
    assert running.store.queue.count() == 0
    entries = running.store.log.rows(running.store.log.ids())
    assert {entry.status for entry in entries} == {LogStatus.SUCCESS}
    assert reached(server) == ["ann@example.org", "bob@example.org"]
    for received in server.received:
        assert received.content == message().content
        assert received.encrypted
        assert received.envelope_from == "office@example.org"


def test_refused_recipients_fail_and_deferred_ones_wait(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    plain_server.behaviour.recipients |= {
        "gone@example.org": "550 5.1.1 no such user",
        "grey@example.org": "451 4.7.1 try again in 10 minutes",
    }
    running.store.providers.add(loopback(plain_server.port))
    sent = message("gone@example.org", "grey@example.org", "ok@example.org")
    running.store.queue.enqueue([sent])
    before = datetime.now(UTC)
    state = running.until_empty()
    assert state.activity is Activity.WAITING
    gone, grey = running.store.queue.rows([1, 2])
    assert (gone.status, gone.next_attempt_date) == (QueueStatus.FAILED, None)
    assert "550 5.1.1 no such user" in gone.reason
    assert (grey.status, grey.attempts_count) == (QueueStatus.DEFERRED, 1)
    assert grey.next_attempt_date is not None
    assert grey.next_attempt_date - before >= timedelta(minutes=10)
    assert state.until == grey.next_attempt_date
    assert [r.recipients for r in plain_server.received] == [("ok@example.org",)]
    (attempt,) = running.store.log.attempts(1)
    assert (attempt.stage, attempt.reply_text) == (Stage.RCPT, "550 5.1.1 no such user")


def test_a_wrong_password_costs_one_sign_in_and_one_notice(
    running: Running, starttls_server: AiosmtpdServer, certificates: Certificates, message: Make
) -> None:
    provider = signed_in(running, starttls_server, certificates, password="wrong")
    running.store.queue.enqueue([message(*(f"a{i}@example.org" for i in range(8)))])
    running.start()
    running.wait(lambda: running.states and running.states[-1].activity is Activity.PROVIDER_PAUSED)
    assert starttls_server.recorder.failed_sign_ins <= 2  # PLAIN, then LOGIN
    assert [n.kind for n in running.notices] == [NoticeKind.PROVIDER_PAUSED]
    assert running.store.providers.get(provider.id).pause is not None
    rows = running.store.queue.rows(running.store.queue.ids())
    assert {(row.status, row.attempts_count) for row in rows} == {(QueueStatus.QUEUED, 0)}
    running.credentials.save(provider, Secret(PASSWORD))
    running.store.providers.update(provider)  # the administrator has mended it
    running.wait(lambda: running.states[-1].activity is Activity.IDLE)
    assert len(reached(starttls_server)) == 8


def test_without_a_password_one_notice_is_given_and_other_providers_send(
    running: Running,
    starttls_server: AiosmtpdServer,
    plain_server: AiosmtpdServer,
    certificates: Certificates,
    message: Make,
) -> None:
    provider = signed_in(running, starttls_server, certificates)
    running.credentials.remove(provider)
    running.store.queue.enqueue([message("a@example.org", "b@example.org")])
    running.start()
    running.wait(lambda: running.states and running.states[-1].activity is Activity.PASSWORD_NEEDED)
    assert running.states[-1].providers == (provider,)
    assert [n.kind for n in running.notices] == [NoticeKind.PASSWORD_NEEDED]
    told = running.states[-1].conditions[provider.id]
    assert told.condition is Condition.PASSWORD_NEEDED
    assert told.detail
    running.store.providers.add(replace(loopback(plain_server.port), priority=99))
    running.wait(lambda: running.states[-1].activity is Activity.IDLE)
    assert len(reached(plain_server)) == 2
    assert len(running.notices) == 1


def test_a_password_that_comes_later_is_used_at_once(
    running: Running, starttls_server: AiosmtpdServer, certificates: Certificates, message: Make
) -> None:
    provider = signed_in(running, starttls_server, certificates)
    running.credentials.remove(provider)
    running.store.queue.enqueue([message()])
    deliverer = running.start()
    running.wait(lambda: running.states and running.states[-1].activity is Activity.PASSWORD_NEEDED)
    running.credentials.save(provider, Secret(PASSWORD))
    deliverer.credentials_changed()
    running.wait(lambda: running.states[-1].activity is Activity.IDLE)
    assert len(starttls_server.received) == 1


def test_an_untrusted_certificate_pauses_the_provider(
    running: Running, starttls_server: AiosmtpdServer, certificates: Certificates, message: Make
) -> None:
    provider = signed_in(running, starttls_server, certificates)
    running.store.providers.update(with_changes(provider, ca_file=""))
    running.store.queue.enqueue([message()])
    running.start()
    running.wait(lambda: running.states and running.states[-1].activity is Activity.PROVIDER_PAUSED)
    assert starttls_server.recorder.mechanisms == []  # not one credential byte was sent
    assert running.store.queue.get(1).attempts_count == 0


def test_the_next_provider_is_used_only_when_the_first_can_not_be(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    with scripted_server() as first:
        running.store.providers.add(replace(loopback(first.port), priority=1))
        running.store.providers.add(replace(loopback(plain_server.port, "Second"), priority=2))
        running.store.queue.enqueue([message() for _ in range(5)])
        running.until_empty()
        assert (len(first.messages), len(plain_server.received)) == (5, 0)
        running.store.providers.pause(1, "out of order")
        running.store.queue.enqueue([message() for _ in range(5)])
        running.until_empty()
        assert (len(first.messages), len(plain_server.received)) == (5, 5)


def test_mail_for_one_provider_waits_for_it_while_another_could_send(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    with scripted_server({"GREETING": "421 4.3.2 closed"}) as closed:
        chosen = running.store.providers.add(loopback(closed.port, "Chosen"))
        running.store.providers.add(replace(loopback(plain_server.port, "Other"), priority=20))
        running.store.queue.enqueue([replace(message(), provider_id=chosen.id), message()])
        running.until_empty()
        assert closed.peers
    assert len(plain_server.received) == 1
    row = running.store.queue.get(1)
    assert (row.status, row.provider_id) == (QueueStatus.DEFERRED, chosen.id)


def test_a_connection_is_used_again_and_a_closed_idle_one_harms_nothing(
    running: Running, message: Make
) -> None:
    with scripted_server({"MAIL": ["250 ok", "250 ok", drop, "250 ok"]}) as server:
        provider = replace(loopback(server.port), max_connections=1)
        running.store.providers.add(provider)
        running.store.queue.enqueue([message() for _ in range(4)])
        running.until_empty()
        assert len(server.messages) == 4
        assert len(server.peers) == 2
        assert all(len(running.store.log.attempts(i)) == 1 for i in range(1, 5))


def test_a_loss_after_the_dot_is_uncertain_and_a_second_one_is_held(
    running: Running, message: Make
) -> None:
    with scripted_server({"END": drop}) as server:
        running.store.providers.add(loopback(server.port))
        running.store.queue.enqueue([message()])
        running.until_empty()
        row = running.store.queue.get(1)
        assert (row.status, row.provider_id) == (QueueStatus.UNCERTAIN, 1)
        assert row.next_attempt_date is not None
        assert row.next_attempt_date > datetime.now(UTC) + timedelta(minutes=14)
        assert running.store.log.get(1).status is LogStatus.FAIL
        running.store.queue.send_now([1])
        running.until_empty()
        row = running.store.queue.get(1)
        assert (row.status, row.next_attempt_date) == (QueueStatus.HELD, None)
        assert len(server.messages) == 2
        assert [a.possible_duplicate for a in running.store.log.attempts(1)] == [False, True]


async def only_step_by_step(peer: Peer) -> None:
    """Take MAIL alone; whoever sends more along with it is cut off."""
    if peer.reader._buffer:  # type: ignore[attr-defined]  # what came in the same segment
        await drop(peer)
    await peer.say("250 ok")


def test_a_server_that_can_not_do_what_it_offers_gets_the_next_message_step_by_step(
    running: Running, message: Make
) -> None:
    with scripted_server({"EHLO": PIPELINING, "MAIL": only_step_by_step}) as server:
        running.store.providers.add(loopback(server.port))
        running.store.queue.enqueue([message("ann@example.org")])
        running.store.queue.enqueue([message("bob@example.org")])
        running.until_empty()
    rows = running.store.queue.rows(running.store.queue.ids())
    assert [(row.email, row.status) for row in rows] == [("ann@example.org", QueueStatus.DEFERRED)]


def test_a_slow_domain_holds_nobody_else_up(running: Running, message: Make) -> None:
    """Its first messages take all connections; from then on one is kept for everybody else."""
    running.options = DeliveryOptions(slow_domain=0.0, poll=0.05)
    slow = "ann@slow.example"
    answers: Answers = {f"RCPT {slow}": ["250 ok", hang]}
    with scripted_server(answers) as server:
        running.store.providers.add(replace(loopback(server.port), max_connections=2))
        running.store.queue.enqueue([message(slow)] * 6)
        running.store.queue.enqueue([message(f"bob{number}@quick.example") for number in range(5)])
        running.start()
        running.wait(lambda: running.states and running.states[-1].total <= 5)
    assert running.store.queue.count(TableQuery(search="quick.example")) == 0


def test_the_setting_never_duplicate_holds_at_once(running: Running, message: Make) -> None:
    running.options = DeliveryOptions(never_duplicate=True)
    with scripted_server({"END": drop}) as server:
        running.store.providers.add(loopback(server.port))
        running.store.queue.enqueue([message()])
        running.until_empty()
        assert running.store.queue.get(1).status is QueueStatus.HELD


def test_pause_claims_nothing_and_resume_goes_on(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    running.store.providers.add(loopback(plain_server.port))
    deliverer = running.start()
    deliverer.pause()
    running.wait(lambda: running.states and running.states[-1].activity is Activity.PAUSED)
    running.store.queue.enqueue([message()])
    running.wait(lambda: running.states[-1].total == 1)
    assert running.store.queue.get(1).status is QueueStatus.QUEUED
    deliverer.resume()
    running.wait(lambda: running.states[-1].activity is Activity.IDLE)
    assert len(plain_server.received) == 1


@pytest.mark.parametrize(
    ("stage", "expected"), [("MAIL", QueueStatus.QUEUED), ("END", QueueStatus.UNCERTAIN)]
)
def test_stopping_takes_less_than_two_seconds_whatever_the_server_does(
    running: Running, message: Make, stage: str, expected: QueueStatus
) -> None:
    assert running.options.stop_grace + _GOODBYE <= 1.5
    with scripted_server({stage: hang}) as server:
        running.store.providers.add(loopback(server.port))
        running.store.queue.enqueue([message()])
        running.start()
        running.wait(lambda: running.states and running.states[-1].sending == 1)
        while not (server.peers and "MAIL" in server.last.verbs):
            time.sleep(0.01)
        if stage == "END":
            while not server.messages:
                time.sleep(0.01)
        began = time.monotonic()
        running.stop()
        assert time.monotonic() - began < HASTE
        row = running.store.queue.get(1)
        assert row.status is expected
        assert row.attempts_count == int(expected is QueueStatus.UNCERTAIN)


def test_a_message_damaged_on_disk_is_held_and_never_sent(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    running.store.providers.add(loopback(plain_server.port))
    running.store.queue.enqueue([message()])
    running.store._database.peewee.execute_sql(
        "UPDATE message_content SET content = CAST(? AS BLOB)", (b"Subject: forged\r\n\r\n",)
    )
    running.until_empty()
    row = running.store.queue.get(1)
    assert (row.status, row.attempts_count) == (QueueStatus.HELD, 0)
    assert "SHA-256" in row.reason
    assert plain_server.received == []


def test_a_locked_database_is_reported_and_sending_goes_on_afterwards(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    store = running.store
    running.options = DeliveryOptions(storage_pause=0.1)
    store._database.peewee.timeout = 0.05
    store.providers.add(loopback(plain_server.port))
    store.queue.enqueue([message()])
    holder = apsw.Connection(str(store.location.path))
    holder.execute("BEGIN EXCLUSIVE")
    running.start()
    running.wait(lambda: running.states and running.states[-1].activity is Activity.STORAGE_TROUBLE)
    assert plain_server.received == []
    holder.execute("ROLLBACK")
    holder.close()
    running.wait(lambda: running.states[-1].activity is Activity.IDLE)
    assert len(plain_server.received) == 1


def test_a_run_that_is_to_end_gives_a_locked_database_up(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    store = running.store
    running.options = DeliveryOptions(storage_pause=0.05, storage_patience=0.3)
    store._database.peewee.timeout = 0.05
    store.providers.add(loopback(plain_server.port))
    store.queue.enqueue([message()])
    holder = apsw.Connection(str(store.location.path))
    holder.execute("BEGIN EXCLUSIVE")
    state = running.until_empty()
    assert state.activity is Activity.STORAGE_TROUBLE
    assert plain_server.received == []
    holder.execute("ROLLBACK")
    holder.close()


def test_a_password_stored_by_another_program_is_found_after_a_while(
    running: Running, starttls_server: AiosmtpdServer, certificates: Certificates, message: Make
) -> None:
    running.options = DeliveryOptions(poll=0.05, ask_again=0.2)
    provider = signed_in(running, starttls_server, certificates)
    running.credentials.remove(provider)
    running.store.queue.enqueue([message()])
    running.start()
    running.wait(lambda: running.states and running.states[-1].activity is Activity.PASSWORD_NEEDED)
    running.credentials.save(provider, Secret(PASSWORD))  # nobody tells the sender
    running.wait(lambda: running.states[-1].activity is Activity.IDLE)
    assert len(starttls_server.received) == 1
    assert len(running.notices) == 1


class Lock:
    """Another program's hold on the database, taken when the final dot has arrived."""

    def __init__(self, store: Store) -> None:
        self._connection = apsw.Connection(str(store.location.path))

    async def __call__(self, peer: Peer) -> None:
        self._connection.set_busy_timeout(5000)
        self._connection.execute("BEGIN EXCLUSIVE")
        await peer.say("250 2.0.0 taken")

    def release(self) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


def test_an_outcome_that_can_not_be_recorded_stops_sending_is_told_and_not_lost(
    running: Running, message: Make
) -> None:
    running.options = DeliveryOptions(storage_pause=0.1)
    lock = Lock(running.store)
    with scripted_server({"END": [lock, "250 2.0.0 taken"]}) as server:
        running.store.providers.add(replace(loopback(server.port), max_connections=1))
        running.store.queue.enqueue([message(), message()])
        running.start()
        running.wait(
            lambda: running.states and running.states[-1].activity is Activity.STORAGE_TROUBLE
        )
        assert len(server.messages) == 1  # nothing new was begun
        lock.release()
        running.wait(lambda: running.states[-1].activity is Activity.IDLE)
        entries = running.store.log.rows(running.store.log.ids())
        assert {entry.status for entry in entries} == {LogStatus.SUCCESS}
        assert len(server.messages) == 2


def test_stopping_does_not_wait_for_a_locked_database(running: Running, message: Make) -> None:
    lock = Lock(running.store)
    with scripted_server({"END": lock}) as server:
        running.store.providers.add(loopback(server.port))
        running.store.queue.enqueue([message()])
        running.start()
        running.wait(
            lambda: running.states and running.states[-1].activity is Activity.STORAGE_TROUBLE
        )
        began = time.monotonic()
        running.stop()
        assert time.monotonic() - began < HASTE
        lock.release()
        # What the server said is lost with the program: the next start must not send it silently.
        assert running.store.claims.recover(lambda _: True, unknown) == 1
        assert running.store.queue.get(1).status is QueueStatus.UNCERTAIN


def unknown(_before: int, now: datetime) -> Disposition:
    return Disposition(QueueStatus.UNCERTAIN, now, "unknown", bind_provider=True)


def test_a_message_that_can_not_be_read_is_held(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    store = running.store
    store.providers.add(loopback(plain_server.port))
    large = replace(message(), content=b"Subject: x\r\n\r\n" + b"x\r\n" * 20_000)
    store.queue.enqueue([large, message("bob@example.org")])
    path = store.location.path
    store._database.peewee.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = store._database.peewee.execute_sql(
        "SELECT pageno FROM dbstat WHERE name = 'message_content' AND pagetype = 'overflow'"
    ).fetchall()
    store.close()
    with path.open("r+b") as file:
        file.seek((pages[3][0] - 1) * 4096)
        file.write(b"\xff\xff\xff\xff")  # the number of the next page, now nonsense
    running.until_empty()
    row = store.queue.get(1)
    assert row.status is QueueStatus.HELD
    assert len(store.log.attempts(1)) == 1
    assert [received.recipients for received in plain_server.received] == [("bob@example.org",)]


def test_two_senders_on_one_database_send_nothing_twice(
    store: Store, running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    other = Running(store, running.credentials)
    store.providers.add(loopback(plain_server.port))
    store.queue.enqueue([message(f"a{i}@example.org") for i in range(60)])
    other.start(until_empty=True)
    running.until_empty()
    other.stop()
    running.until_empty()  # what the other had claimed when it was stopped
    addresses = [r.recipients[0] for r in plain_server.received]
    assert sorted(addresses) == sorted({f"a{i}@example.org" for i in range(60)})


def test_mail_that_is_out_of_time_fails_with_the_reason(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    plain_server.behaviour.recipients["ann@example.org"] = "451 4.7.1 later"
    running.store.providers.add(loopback(plain_server.port))
    running.options = DeliveryOptions(retry_expiry=1800.0)
    old = datetime.now(UTC) - timedelta(hours=1)
    running.store.queue.enqueue([message()], now=old)
    running.until_empty()
    row = running.store.queue.get(1)
    assert row.status is QueueStatus.FAILED
    assert row.reason.startswith("Given up")
    assert "451 4.7.1 later" in row.reason


def test_mail_that_expired_while_it_waited_is_not_sent_any_more(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    running.store.providers.add(loopback(plain_server.port))
    now = datetime.now(UTC)
    over = replace(message(), expires_at=now - timedelta(minutes=2))
    in_time = replace(message("bob@example.org"), expires_at=now + timedelta(minutes=2))
    running.store.queue.enqueue([over, in_time], now=now - timedelta(hours=1))
    running.until_empty()
    assert reached(plain_server) == ["bob@example.org"]
    row = running.store.queue.get(1)
    assert (row.status, row.attempts_count) == (QueueStatus.FAILED, 0)
    assert "the time it was to be sent in is over" in row.reason


def test_accepted_mail_is_counted(
    running: Running, plain_server: AiosmtpdServer, message: Make
) -> None:
    running.store.providers.add(loopback(plain_server.port))
    running.store.queue.enqueue([message() for _ in range(7)])
    assert running.until_empty().per_minute == 7
    attempt = running.store.log.attempts(3)[0]
    assert attempt.outcome is OutcomeKind.ACCEPTED
