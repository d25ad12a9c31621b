"""`mailadmin send` against real servers: its events, its failures, and signals that end it."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailadmin.cli.commands.signals import _HURRY
from mailadmin.domain.health import Breaker
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import Encryption, Provider
from mailadmin.domain.queue import QueueStatus
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, Program, queued
from tests.servers.aiosmtpd_server import AiosmtpdServer
from tests.servers.scripted_server import Answers, Peer, hang, scripted_server
from tests.smtp_providers import smtp_provider, with_changes

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")
HASTE = 10.0  # seconds a second may take on a busy machine; once told, it would be 30
KEYS = [
    *("event", "time", "queue_id", "email_id", "attempt_id", "attempt", "recipient"),
    *("provider_id", "provider", "outcome", "stage", "reason", "reply", "reply_code"),
    *("possible_duplicate", "status", "next_attempt_date", "stale"),
]


def relay(port: int) -> Provider:
    """A server on this computer."""
    return smtp_provider("Relay", "127.0.0.1", port, "ann@example.org", encryption=Encryption.NONE)


@pytest.fixture
def provider(store: Store, plain_server: AiosmtpdServer) -> Provider:
    """The plain server as a provider."""
    return store.providers.add(relay(plain_server.port))


@pytest.mark.usefixtures("provider")
def test_each_event_is_one_line(
    cli: CommandLine, store: Store, plain_server: AiosmtpdServer
) -> None:
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


def test_sending_an_empty_or_held_queue_succeeds(cli: CommandLine, store: Store) -> None:
    assert cli("send", "--until-empty").code == 0
    store.queue.hold(queued(store, "ann@example.org"))
    assert cli("send", "--until-empty").code == 0


def test_once_sends_only_what_was_due_at_the_start(cli: CommandLine, store: Store) -> None:
    """What is queued or becomes due meanwhile is left, and that is no failure."""

    async def mail_comes_in(peer: Peer) -> None:
        with store.thread():
            queued(store, "late@example.org")
        await peer.say("250 2.0.0 taken")

    answers: Answers = {"END": mail_comes_in, "RCPT cy@example.org": "451 4.7.1 greylisted"}
    with scripted_server(answers) as server:
        store.providers.add(relay(server.port))
        queued(store, "ann@example.org")
        (deferred,) = queued(store, "cy@example.org")
        result = cli("send", "--once")
        assert result.code == 0
        assert result.err.endswith("done: 1 sent, 1 deferred\n")
        assert [row.email for row in store.queue.rows(store.queue.ids())] == [
            *("late@example.org", "cy@example.org")
        ]
        assert store.queue.get(deferred).attempts_count == 1


@pytest.mark.parametrize("how", ["--until-empty", "--once"])
def test_due_mail_without_a_provider_is_a_failure(cli: CommandLine, store: Store, how: str) -> None:
    queued(store, "ann@example.org")
    result = cli("send", how)
    assert result.code == 1
    last = result.err.splitlines()[-1]
    assert last.startswith("mailadmin: 1 email is due and was not sent. No provider is enabled")
    assert store.queue.count() == 1


@pytest.mark.usefixtures("no_keyring")
def test_due_mail_for_a_provider_at_rest_is_a_failure(
    cli: CommandLine, store: Store, plain_server: AiosmtpdServer
) -> None:
    provider = store.providers.add(relay(plain_server.port))
    until = datetime.now(UTC) + timedelta(minutes=20)
    store.health.save_breaker(provider.id, Breaker(5, until, 60.0))
    queued(store, "ann@example.org")
    result = cli("send", "--until-empty")
    assert result.code == 1
    assert "1 email is due and was not sent." in result.err
    assert "failed several times in a row and is left alone until" in result.err
    assert plain_server.received == []


def test_due_mail_without_a_password_is_a_failure(
    cli: CommandLine, store: Store, plain_server: AiosmtpdServer
) -> None:
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


@pytest.mark.usefixtures("provider")
def test_events_for_programs_have_the_documented_keys(
    cli: CommandLine, store: Store, plain_server: AiosmtpdServer
) -> None:
    plain_server.behaviour.recipients |= {
        "bob@example.org": "550 5.1.1 no \x1b such user",
        "cy@example.org": "451 4.7.1 greylisted",
    }
    ids = queued(store, "ann@example.org", "bob@example.org", "cy@example.org")
    result = cli("send", "--until-empty", "--json-log")
    assert result.code == 0
    *attempts, done = [json.loads(line) for line in result.err.splitlines()]
    assert [list(one) for one in attempts] == [KEYS] * 3
    assert {one["event"] for one in attempts} == {"attempt"}
    sent, failed, deferred = sorted(attempts, key=lambda one: str(one["recipient"]))
    assert [sent["queue_id"], failed["queue_id"], deferred["queue_id"]] == ids
    assert [one["outcome"] for one in (sent, failed, deferred)] == [
        *("accepted", "failed", "deferred")
    ]
    assert datetime.fromisoformat(sent["time"]).utcoffset() is not None
    assert (sent["provider"], sent["attempt"], sent["reply_code"]) == ("Relay", 1, 250)
    assert (sent["status"], sent["stale"], sent["possible_duplicate"]) == (None, False, False)
    assert (failed["status"], failed["next_attempt_date"]) == ("FAILED", None)
    assert failed["stage"] == "RCPT TO"
    assert failed["reply"].startswith("550 5.1.1 no ")
    assert deferred["status"] == "DEFERRED"
    assert datetime.fromisoformat(deferred["next_attempt_date"]) > datetime.now(UTC)
    assert done["event"] == "done"
    assert (done["accepted"], done["deferred"], done["failed"]) == (1, 1, 1)
    assert "\x1b" not in result.err
    assert cli("check").code == 0


def test_the_readme_has_every_key_of_the_events() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    table = readme.partition("## Sending without a window")[2].partition("\n## ")[0]
    words = set(re.findall(r"[a-z_]+", table))
    assert set(KEYS) <= words
    assert {outcome.value.split()[-1] for outcome in OutcomeKind} <= words


def test_no_event_holds_the_password(program: Program, store: Store, tmp_path: Path) -> None:
    """Not even from a server that says it back."""
    canary = "hunter2-canary"
    encoded = base64.b64encode(f"\0ann\0{canary}".encode()).decode()

    async def parrot(peer: Peer) -> None:
        await peer.say(f"535 5.7.8 no such password: {canary} {encoded} {peer.commands[-1]}")

    file = tmp_path / "password"
    file.write_text(canary)
    file.chmod(0o600)
    with scripted_server({"AUTH": parrot}) as server:
        store.providers.add(with_changes(relay(server.port), username="ann"))
        queued(store, "ann@example.org")
        program.environment["MAILADMIN_PASSWORD_FILE_1"] = str(file)
        for options in (["--json-log"], []):
            result = program("send", "--until-empty", *options)
            assert "535" in result.err
            assert canary not in result.err
            assert encoded not in result.err
            store.providers.resume(1)


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


def test_pause_and_resume_are_stored_and_said(cli: CommandLine, store: Store) -> None:
    for _ in range(2):  # set twice it is no trouble
        result = cli("send", "--pause")
        assert (result.code, result.err) == (0, "")
        assert result.out == "Sending is paused. “mailadmin send --resume” lets it go on.\n"
        assert store.settings.get("sending_paused") is True
    for said in ("Sending goes on.\n", "Sending was not paused.\n"):
        result = cli("send", "--resume")
        assert (result.code, result.out, result.err) == (0, said, "")
        assert store.settings.get("sending_paused") is False


@pytest.mark.parametrize("other", ["--resume", "--forever", "--once", "--until-empty"])
def test_pause_is_combined_with_no_other_way_to_send(
    cli: CommandLine, store: Store, other: str
) -> None:
    assert cli("send", "--pause", other).code == 2
    assert store.settings.get("sending_paused") is None


@pytest.mark.parametrize("how", ["--until-empty", "--once"])
@pytest.mark.usefixtures("provider")
def test_while_paused_a_run_says_so_and_ends_with_0(
    cli: CommandLine, store: Store, plain_server: AiosmtpdServer, how: str
) -> None:
    earlier = datetime.now(UTC) - timedelta(hours=1)  # without the pause it would be a failure
    store.queue.enqueue(
        [NewMessage(b"Subject: x\r\n\r\n", ("ann@example.org",), "x", "<1@x>")], now=earlier
    )
    assert cli("send", "--pause").code == 0
    result = cli("send", how)
    assert (result.code, result.out) == (0, "")
    texts = [line.split(" ", 1)[1] for line in result.err.splitlines()]
    assert texts == [
        "sending is paused; “mailadmin send --resume” lets it go on",
        "done: nothing was sent",
    ]
    result = cli("send", how, "--json-log")
    paused, done = [json.loads(line) for line in result.err.splitlines()]
    assert (result.code, paused["event"], list(paused)) == (0, "paused", ["event", "time", "text"])
    assert done["accepted"] == 0
    assert (store.queue.count(), plain_server.received) == (1, [])
    assert cli("send", "--resume").code == 0
    assert cli("send", how).err.endswith("done: 1 sent\n")


@posix
@pytest.mark.usefixtures("provider")
def test_a_sender_that_runs_obeys_pause_and_resume_of_other_processes(
    program: Program, store: Store, plain_server: AiosmtpdServer
) -> None:
    queued(store, "ann@example.org")
    with forever(program) as process:
        assert process.stderr is not None
        assert " sent: ann@example.org " in process.stderr.readline()
        began = time.monotonic()
        assert program("send", "--pause").code == 0
        assert " sending is paused; " in process.stderr.readline()
        assert time.monotonic() - began < HASTE
        queued(store, "bob@example.org")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2.5)  # longer than it takes to notice mail
        assert len(plain_server.received) == 1
        assert program("send", "--resume").code == 0
        assert " sending goes on after the pause" in process.stderr.readline()
        assert " sent: bob@example.org " in process.stderr.readline()
    assert store.queue.count() == 0


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("provider")
def test_a_signal_ends_the_sender_in_order(
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
        assert process.wait(30) == 0
    assert rest.endswith("done: 2 sent\n")
    assert len(plain_server.received) == 2
    assert store.queue.count() == 0


@posix
@pytest.mark.usefixtures("provider")
def test_a_resumed_provider_is_used_at_once(
    program: Program, cli: CommandLine, store: Store
) -> None:
    """A sender that runs hears of `providers resume`, for a pause and for a rest."""
    store.health.save_breaker(1, Breaker(5, datetime.now(UTC) + timedelta(minutes=30), 1800.0))
    queued(store, "ann@example.org")
    with forever(program) as process:
        assert process.stderr is not None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        assert store.queue.count() == 1
        assert cli("providers", "resume", "1").code == 0
        assert " sent: ann@example.org " in process.stderr.readline()
        store.providers.pause(1, "535 no")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        queued(store, "bob@example.org")
        assert cli("providers", "resume", "1").code == 0
        assert " sent: bob@example.org " in process.stderr.readline()


@posix
@pytest.mark.usefixtures("provider")
def test_mail_is_sent_although_nobody_reads_the_events(
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


@posix
@pytest.mark.usefixtures("provider")
def test_a_slow_reader_of_events_does_not_delay_mail(
    program: Program, store: Store, plain_server: AiosmtpdServer
) -> None:
    """All is sent before anything is read, and nothing is lost of what is read then."""
    recipients = [f"{'x' * 40}{number}@example.org" for number in range(700)]
    for start in range(0, 700, 100):
        queued(store, *recipients[start : start + 100])
    with forever(program) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        while sum(len(one.recipients) for one in plain_server.received) < len(recipients):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
            assert process.returncode is None
        process.send_signal(signal.SIGTERM)
        lines = [first, *process.stderr.read().splitlines()]
        assert process.wait(30) == 0
    assert lines[-1].endswith("done: 700 sent")
    assert sorted(line.split()[2] for line in lines[:-1]) == sorted(recipients)


@posix
@pytest.mark.usefixtures("provider")
def test_a_signal_ends_a_sender_whose_events_nobody_reads(
    program: Program, store: Store, plain_server: AiosmtpdServer
) -> None:
    """It is waited for, as by every program, but not any more once it is to stop."""
    for _ in range(7):
        queued(store, *(f"{'x' * 60}{number}@example.org" for number in range(99)))
    process = subprocess.Popen(program.command("send", "--until-empty"), stderr=subprocess.PIPE)
    try:
        while store.queue.count():
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        assert process.stderr is not None
        process.stderr.close()
    assert store.queue.count() == 0


@posix
def test_mail_in_flight_is_finished_after_a_signal(program: Program, store: Store) -> None:
    """The server answers to the final dot when the sender has been told to stop for a while."""
    reached, answer = threading.Event(), threading.Event()

    async def late(peer: Peer) -> None:
        reached.set()
        await asyncio.get_running_loop().run_in_executor(None, answer.wait)
        await peer.say("250 2.0.0 taken")

    with scripted_server({"END": late}) as server:
        store.providers.add(relay(server.port))
        queued(store, "ann@example.org")
        try:
            with forever(program) as process:
                assert reached.wait(20)
                process.send_signal(signal.SIGTERM)
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(1.7)  # longer than a window would wait
                answer.set()
                assert process.wait(30) == 0
                assert process.stderr is not None
                assert process.stderr.read().endswith("done: 1 sent\n")
        finally:
            answer.set()
    assert store.queue.count() == 0


@posix
def test_a_second_signal_ends_the_sender_within_a_second(program: Program, store: Store) -> None:
    """What was in flight is as after a crash: nothing is lost, and the next start settles it."""
    assert _HURRY < 1
    reached = threading.Event()

    async def silent(peer: Peer) -> None:
        reached.set()
        await hang(peer)

    with scripted_server({"RCPT": silent}) as server:
        store.providers.add(relay(server.port))
        queued(store, "ann@example.org")
        with forever(program) as process:
            assert reached.wait(20)
            process.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(2)  # it has noted the first, or the two would be one
            process.send_signal(signal.SIGTERM)
            process.wait(HASTE)
    (email,) = store.queue.rows(store.queue.ids())
    assert email.status in {QueueStatus.IN_PROGRESS, QueueStatus.QUEUED}


@posix
def test_a_second_signal_ends_the_sender_although_the_database_is_locked(
    program: Program, store: Store
) -> None:
    """Nothing can be recorded then: the outcome is unknown to the next start, and said to be."""
    reached, answer = threading.Event(), threading.Event()

    async def late(peer: Peer) -> None:
        reached.set()
        await asyncio.get_running_loop().run_in_executor(None, answer.wait)
        await peer.say("250 2.0.0 taken")

    with scripted_server({"END": late}) as server:
        store.providers.add(relay(server.port))
        queued(store, "ann@example.org")
        try:
            with forever(program) as process:
                assert reached.wait(20)
                execute = store.queue._database.peewee.execute_sql
                execute("BEGIN IMMEDIATE")
                try:
                    answer.set()
                    process.send_signal(signal.SIGTERM)
                    with pytest.raises(subprocess.TimeoutExpired):
                        process.wait(2)
                    process.send_signal(signal.SIGTERM)
                    process.wait(HASTE)
                finally:
                    execute("ROLLBACK")
        finally:
            answer.set()
    (email,) = store.queue.rows(store.queue.ids())
    assert email.status is QueueStatus.IN_PROGRESS  # past the point of no return
