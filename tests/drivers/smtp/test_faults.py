"""Servers that misbehave: every stage, every way, and what it means for the recipient."""

from __future__ import annotations

import asyncio

import pytest

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.stages import Stage
from tests.drivers.smtp.attempts import DEADLINE_OF, EVERY_STAGE, STAGE_OF, attempt
from tests.drivers.smtp.dialling import (
    ANN,
    MESSAGE,
    PATIENT,
    deliver,
    impatient,
    session_with,
    settings_at,
)
from tests.servers.scripted_server import (
    Action,
    Peer,
    drop,
    endless,
    endless_line,
    garbage,
    hang,
    raw,
    reset,
    scripted_server,
    trickle,
)

pytestmark = pytest.mark.usefixtures("dialogue")

DEFERRED = OutcomeKind.DEFERRED
FAILED = OutcomeKind.FAILED
FAULT = OutcomeKind.PROVIDER_FAULT
UNCERTAIN = OutcomeKind.UNCERTAIN
ACCEPTED = OutcomeKind.ACCEPTED


@pytest.mark.parametrize("how", [drop, reset, hang, garbage, endless, endless_line])
@pytest.mark.parametrize("at", EVERY_STAGE)
def test_no_readable_reply(at: str, how: Action) -> None:
    """Lost, silent or senseless: safe to retry before the dot, unknown after it."""
    # Only silence takes as long as the deadline allows, and no other stage is to miss its own.
    patience = impatient(**{DEADLINE_OF[at]: 0.2}) if how is hang else PATIENT
    with scripted_server({at: how}) as server:
        outcome, session = attempt(server, patience)
        peer = server.wait_ended()
    assert outcome.kind is (UNCERTAIN if at == "END" else DEFERRED)
    assert outcome.stage is STAGE_OF[at]
    assert "127.0.0.1" in outcome.reason
    if session is not None:
        assert not session.usable
        assert session.failure is not None
    assert len(peer.messages) == (1 if at == "END" else 0)


@pytest.mark.parametrize("how", [endless, endless_line])
@pytest.mark.parametrize("at", EVERY_STAGE)
def test_an_endless_reply_is_cut_off_by_its_size(at: str, how: Action) -> None:
    """Not by the deadline: until then it would fill the memory."""
    with scripted_server({at: how}) as server:
        outcome, _ = attempt(server)
    assert "a reply of more than 64 KiB" in outcome.reason


def test_a_reply_over_the_cap_is_none_even_if_it_ends() -> None:
    lines = [f"250-{'x' * 70}"] * 1500 + ["250 the end"]
    with scripted_server({"END": "\n".join(lines)}) as server:
        outcome, _ = attempt(server)
    assert outcome.kind is UNCERTAIN


def test_a_long_reply_is_read_whole() -> None:
    lines = [f"250-{'x' * 70}"] * 800 + ["250 the end"]
    with scripted_server({"END": "\n".join(lines)}) as server:
        outcome, _ = attempt(server)
    assert outcome.kind is ACCEPTED
    assert outcome.reply is not None
    assert outcome.reply.text.split("\n") == lines


@pytest.mark.parametrize("at", EVERY_STAGE)
def test_a_reply_that_trickles_in_has_one_deadline(at: str) -> None:
    slow = trickle("250 2.0.0 " + "x" * 1000, 0.01)  # ten seconds in all
    stage = {"GREETING": "greeting", "EHLO": "command", "END": "final"}.get(at, at.lower())
    with scripted_server({at: slow}) as server:
        outcome, _ = attempt(server, impatient(**{stage: 0.15}))
        assert outcome.kind is (UNCERTAIN if at == "END" else DEFERRED)
        assert "within 0.15 s" in outcome.reason


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("421 4.3.2 closing", [DEFERRED] * 6),
        ("451 4.7.1 later", [DEFERRED] * 6),
        ("550 5.0.0 no", [FAULT, FAULT, FAILED, FAILED, FAILED, FAILED]),
        ("550 5.7.1 no", [FAULT, FAULT, FAULT, FAILED, FAILED, FAILED]),
        ("530 5.7.0 sign in", [FAULT] * 6),
    ],
)
def test_refusals_at_each_stage(code: str, kinds: list[OutcomeKind]) -> None:
    for at, kind in zip(EVERY_STAGE, kinds, strict=True):
        with scripted_server({at: code, "HELO": code}) as server:
            outcome, session = attempt(server)
        assert (at, outcome.kind) == (at, kind)
        assert outcome.stage is STAGE_OF[at]
        assert code in outcome.reason
        assert outcome.reply is not None
        assert outcome.reply.text == code
        if session is not None:
            # 421 announces the end, so another message must not be tried on this connection.
            assert (session.failure is not None) == code.startswith("421")


@pytest.mark.parametrize("reply", ["200 ok", "250 ok", "251 forwarded", "299 whatever", "250"])
def test_any_2xx_is_acceptance(reply: str) -> None:
    with scripted_server({"MAIL": reply, "RCPT": reply, "END": reply}) as server:
        outcome, _ = attempt(server)
    assert outcome.kind is ACCEPTED
    assert server.messages == [MESSAGE]


@pytest.mark.parametrize("goodbye", ["421 4.4.2 no", "554 no", drop, reset, garbage, endless, hang])
def test_a_failing_quit_changes_nothing(goodbye: str | Action) -> None:
    with scripted_server({"QUIT": goodbye}) as server:
        outcome, _ = attempt(server, impatient(quit=0.1))
        server.wait_ended()
    assert outcome.kind is ACCEPTED


@pytest.mark.parametrize("reply", ["354 go on", "350 what?"])
def test_an_answer_after_the_dot_that_is_none(reply: str) -> None:
    with scripted_server({"END": reply}) as server:
        outcome, session = attempt(server)
    assert outcome.kind is UNCERTAIN
    assert session is not None
    assert not session.usable


@pytest.mark.parametrize(
    "reply", [b"250 ok", b"250-ok\r\n", b"250-ok\r\n550 no\r\n", b"2 50 ok\r\n"]
)
def test_half_an_acceptance_is_none(reply: bytes) -> None:
    with scripted_server({"END": raw(reply, then=drop)}) as server:
        outcome, _ = attempt(server)
    assert outcome.kind is UNCERTAIN


def test_a_reply_in_pieces_and_with_bare_line_feeds_is_read() -> None:
    async def pieces(peer: Peer) -> None:
        for piece in (b"25", b"0-first\n250", b" second\r", b"\n"):
            await peer.write(piece)

    with scripted_server({"END": pieces}) as server:
        outcome, _ = attempt(server)
    assert outcome.kind is ACCEPTED
    assert outcome.reply is not None
    assert outcome.reply.text == "250-first\n250 second"


def test_2xx_to_data_sends_nothing() -> None:
    """Only 354 lets the content go: after anything else it would be taken for commands."""
    with scripted_server({"DATA": "250 ok"}) as server:
        outcome, _ = attempt(server)
        peer = server.wait_ended()
    assert outcome.kind is DEFERRED
    assert peer.verbs == ["EHLO", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("at", ["MAIL", "RCPT"])
def test_a_second_answer_is_not_taken_for_the_next_one(at: str) -> None:
    """A left-over 250 must never count as the acceptance of a message."""
    twice = raw(b"250 ok\r\n250 ok\r\n")
    with scripted_server({at: twice, "END": hang}) as server:
        outcome, session = attempt(server)
    assert outcome.kind is DEFERRED
    assert session is not None
    assert not session.usable
    assert server.messages == []


def test_an_answer_nobody_waits_for_ends_the_connection_but_not_the_outcome() -> None:
    with scripted_server({"END": raw(b"250 ok\r\n250 ok\r\n")}) as server:
        outcome, _ = attempt(server)
        peer = server.wait_ended()
    assert outcome.kind is ACCEPTED
    assert "QUIT" not in peer.verbs


@pytest.mark.parametrize("more", [b"2", b"250-and", b"250-and\r\n"])
def test_after_half_an_answer_nobody_waits_for_the_connection_is_not_used(more: bytes) -> None:
    """Whatever follows it would be taken for the answer to the next MAIL."""
    with scripted_server({"END": raw(b"250 ok\r\n" + more)}) as server:
        outcome, _ = attempt(server)
        peer = server.wait_ended()
    assert outcome.kind is ACCEPTED
    assert "QUIT" not in peer.verbs


def test_a_farewell_while_idle_makes_the_session_useless() -> None:
    with scripted_server({"END": raw(b"250 ok\r\n421 4.4.2 idle for too long\r\n")}) as server:

        async def main() -> None:
            async with session_with(settings_at(server.port)) as session:
                assert (await deliver(session))[ANN].kind is ACCEPTED
                assert not session.usable
                with pytest.raises(SmtpFailure) as raised:
                    await deliver(session)
                assert raised.value.reply is not None
                assert raised.value.reply.code == 421

        asyncio.run(main())
    assert len(server.messages) == 1


def test_a_connection_lost_while_idle_is_raised_not_recorded() -> None:
    """Nothing was decided about the message, so it may go over a new connection at once."""
    with scripted_server({"MAIL": ["250 ok", drop]}) as server:

        async def main() -> SmtpFailure:
            async with session_with(settings_at(server.port)) as session:
                assert (await deliver(session))[ANN].kind is ACCEPTED
                with pytest.raises(SmtpFailure) as raised:
                    await deliver(session)
                return raised.value

        failure = asyncio.run(main())
    assert (failure.stage, failure.kind) == (Stage.MAIL, FailureKind.CONNECTION_LOST)
