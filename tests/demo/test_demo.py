"""The demo shows sent, failed and deferred mail within seconds and leaves nothing behind."""

from __future__ import annotations

import smtplib
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mailadmin.credentials import CredentialState
from mailadmin.delivery.deliverer import Deliverer
from mailadmin.delivery.state import AttemptEnded
from mailadmin.demo import Demo
from mailadmin.demo.replies import PickyRecipients
from mailadmin.domain.log import LogStatus
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.tables.query import OneOf, TableQuery
from tests.smtp_providers import settings_of


@pytest.fixture
def demo() -> Iterator[Demo]:
    """A running demo."""
    demo = Demo.start(standard_drivers())
    yield demo
    demo.close()


@pytest.fixture
def store(demo: Demo) -> Iterator[Store]:
    """The demo's database."""
    store = Store.open(demo.location, standard_drivers())
    yield store
    store.close()


def test_the_demo_has_two_providers_and_forty_waiting_emails(demo: Demo, store: Store) -> None:
    steady, picky = store.providers.list()
    assert steady.enabled
    assert picky.enabled
    assert demo.credentials.look_up(steady).state is CredentialState.STORED
    emails = store.queue.rows(store.queue.ids())
    assert len(emails) == 40
    assert {email.status for email in emails} == {QueueStatus.QUEUED}
    assert len({email.email for email in emails}) == 40
    assert len({email.subject for email in emails}) == 40
    # Reserved names (RFC 2606): no mail of the demo can reach a real address.
    domains = {".".join(email.email.rsplit("@", 1)[1].split(".")[-2:]) for email in emails}
    assert domains == {"example.org", "example.net", "example.com"}


def test_the_demo_shows_all_kinds_of_outcomes_within_ten_seconds(demo: Demo, store: Store) -> None:
    """The deliverer records a success, a permanent failure and a deferral."""
    wanted = {OutcomeKind.ACCEPTED, OutcomeKind.FAILED, OutcomeKind.DEFERRED}
    seen: set[OutcomeKind] = set()
    alive = threading.Event()

    def heard(ended: Sequence[AttemptEnded]) -> None:
        seen.update(one.outcome.kind for one in ended)
        if seen >= wanted:
            alive.set()

    deliverer = Deliverer(
        store, demo.credentials, standard_drivers(), options=demo.options, on_ended=heard
    )
    thread = threading.Thread(target=deliverer.run)
    thread.start()
    try:
        assert alive.wait(30), seen  # three times the promise, for a busy machine
    finally:
        deliverer.stop()
        thread.join(60)
    assert not thread.is_alive()
    queue = store.queue.rows(store.queue.ids())
    (failed,) = [email for email in queue if email.status is QueueStatus.FAILED]
    assert failed.reason.count("550 5.1.1") == 1
    deferred = [email for email in queue if email.status is QueueStatus.DEFERRED]
    assert all(email.next_attempt_date is not None for email in deferred)
    assert (
        store.log.count(TableQuery(filters=(("status", OneOf((LogStatus.SUCCESS.value,))),))) >= 1
    )


def test_a_deferred_recipient_is_accepted_at_the_third_try() -> None:
    picky = PickyRecipients()
    replies = [picky.reply(f"r{number}@example.org")[:3] for number in range(14)]
    assert replies.count("550") == 2
    assert replies.count("451") == 2
    deferred = f"r{replies.index('451')}@example.org"
    assert [picky.reply(deferred.upper())[:3] for _ in range(2)] == ["451", "250"]
    refused = f"r{replies.index('550')}@example.org"
    assert picky.reply(refused).startswith("550")


def test_each_mailbox_has_its_own_reply_however_its_domain_is_spelt() -> None:
    picky = PickyRecipients()
    replies = [picky.reply(f"r{number}@straße.example")[:3] for number in range(6)]
    assert replies[4] == "451"
    assert picky.reply("r4@STRAßE.example").startswith("451")
    assert picky.reply("r4@strasse.example").startswith("550"), "another mailbox, the seventh"
    assert picky.reply("r4@xn--strae-oqa.example").startswith("250"), "asked for the third time"


def test_the_demo_server_refuses_a_wrong_password(store: Store) -> None:
    steady = settings_of(store.providers.list()[0])
    with (
        smtplib.SMTP(steady.host, steady.port) as client,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        client.login(steady.username, "wrong")


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_closing_the_demo_leaves_no_file_thread_or_server(own_folder: Path) -> None:
    before = set(threading.enumerate())
    demo = Demo.start(standard_drivers())
    store = Store.open(demo.location, standard_drivers())
    steady, _ = store.providers.list()
    store.close()
    folder = demo.location.parent
    assert folder.stat().st_mode & 0o077 == 0
    client = socket.create_connection((steady.host, steady.port))  # a connected client
    with client:
        assert client.recv(3) == b"220"
        demo.close()
        demo.close()
    assert folder.parent == own_folder
    assert list(own_folder.iterdir()) == []
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((steady.host, steady.port))


def test_two_demos_run_side_by_side() -> None:
    first, second = Demo.start(standard_drivers()), Demo.start(standard_drivers())
    try:
        assert first.location != second.location
    finally:
        first.close()
        second.close()


def test_a_demo_that_can_not_start_leaves_no_file_or_thread(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no loopback address to listen on."""
    threads = set(threading.enumerate())
    monkeypatch.setattr("mailadmin.demo.sink.HOST", "192.0.2.1")  # RFC 5737: no computer's
    with pytest.raises(OSError, match=r"192\.0\.2\.1"):
        Demo.start(standard_drivers())
    assert set(threading.enumerate()) <= threads
    assert list(own_folder.iterdir()) == []
