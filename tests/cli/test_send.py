"""`mailadmin send` against real servers, ended by what ends it in use."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from mailadmin.cli.output import Output
from mailadmin.cli.sender_events import SenderEvents
from mailadmin.core.delivery import Notice, NoticeKind
from mailadmin.core.domain import Encryption, Outcome, OutcomeKind, Provider, Stage
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, Program, queued
from tests.servers.aiosmtpd_server import AiosmtpdServer


@pytest.fixture
def provider(store: Store, plain_server: AiosmtpdServer) -> Provider:
    """The plain server as a provider."""
    return store.providers.add(
        Provider(
            "Relay",
            "127.0.0.1",
            plain_server.port,
            "ann@example.org",
            encryption=Encryption.NONE,
        )
    )


@pytest.mark.usefixtures("provider")
def test_one_line_per_event(cli: CommandLine, store: Store, plain_server: AiosmtpdServer) -> None:
    plain_server.behaviour.recipients |= {
        "bob@example.org": "550 5.1.1 no such user",
        "cy@example.org": "451 4.7.1 greylisted",
    }
    queued(store, "ann@example.org", "bob@example.org", "cy@example.org")
    result = cli("send", "--until-empty")
    assert (result.code, result.out) == (0, "")
    lines = [line.split(" ", 1) for line in result.err.splitlines()]
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"
    assert all(re.fullmatch(moment, line[0]) for line in lines)
    texts = [line[1] for line in lines]
    assert texts[-1] == "done: 1 sent, 1 deferred, 1 failed"
    assert len(texts) == 4
    assert sorted(text.split(" through ")[0] for text in texts[:-1]) == [
        *("deferred: cy@example.org", "failed: bob@example.org", "sent: ann@example.org")
    ]
    assert any("550 5.1.1 no such user" in text for text in texts)
    assert len(plain_server.received) == 1


def test_nothing_due(cli: CommandLine, store: Store) -> None:
    assert cli("send", "--until-empty").code == 0
    store.outbox.hold(queued(store, "ann@example.org"))
    assert cli("send", "--until-empty").code == 0


def test_without_a_provider(cli: CommandLine, store: Store) -> None:
    queued(store, "ann@example.org")
    result = cli("send", "--until-empty")
    assert result.code == 1
    last = result.err.splitlines()[-1]
    assert last.startswith("mailadmin: 1 email is due and was not sent. No provider is enabled")
    assert store.outbox.count() == 1


@pytest.mark.usefixtures("no_keyring")
def test_without_a_password(cli: CommandLine, store: Store, plain_server: AiosmtpdServer) -> None:
    cli(
        *("providers", "add", "--host", "127.0.0.1", "--port", str(plain_server.port)),
        *("--encryption", "none", "--send-from", "ann@example.org", "--username", "ann"),
    )
    queued(store, "ann@example.org", "bob@example.org")
    result = cli("send", "--until-empty")
    assert result.code == 1
    assert "2 emails are due and not sent." in result.err.splitlines()[-1]
    assert result.err.count("password needed:") == 1
    assert plain_server.recorder.connections == 0


def test_events_that_cannot_be_written_disturb_nobody() -> None:
    """They are told from within the sender, which must go on."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    events = SenderEvents(Output(stream))
    provider = Provider("Relay", "localhost", 25, "ann@example.org")
    outcome = Outcome(OutcomeKind.ACCEPTED, Stage.END_OF_DATA, "Accepted")
    events.outcome(provider, "ann@example.org", outcome)
    events.notice(Notice(NoticeKind.PASSWORD_NEEDED, provider, "Enter it."))
    events.summary()
    with suppress(BrokenPipeError):
        stream.close()


@contextmanager
def forever(program: Program) -> Iterator[subprocess.Popen[str]]:
    """A sender in a process of its own."""
    process = subprocess.Popen(
        program.command("send", "--forever"), stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("provider")
def test_ends_in_order_at_a_signal(
    program: Program, store: Store, plain_server: AiosmtpdServer, number: signal.Signals
) -> None:
    """It sends what comes meanwhile, from another process, and leaves nothing in progress."""
    queued(store, "ann@example.org")
    with forever(program) as process:
        assert process.stderr is not None
        assert " sent: ann@example.org " in process.stderr.readline()
        queued(store, "bob@example.org")
        assert " sent: bob@example.org " in process.stderr.readline()
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(10) == 0
    assert rest.endswith("done: 2 sent\n")
    assert len(plain_server.received) == 2
    assert store.outbox.count() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break differently")
@pytest.mark.usefixtures("provider")
def test_goes_on_when_nobody_reads_the_events(
    program: Program, store: Store, plain_server: AiosmtpdServer
) -> None:
    queued(store, "ann@example.org", "bob@example.org", "cy@example.org")
    process = subprocess.Popen(
        program.command("send", "--until-empty"), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    process.stderr.close()
    assert process.wait(30) == 0
    assert len(plain_server.received) == 3
