"""Transfers that break off: in the content, between recipients, by our own will."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.drivers.session import StaleClaim
from mailadmin.drivers.smtp.session import SmtpSession
from mailadmin.drivers.smtp.stages import Stage
from tests.drivers.smtp.attempts import EVERY_STAGE, STAGE_OF, attempt
from tests.drivers.smtp.dialling import (
    ANN,
    BOB,
    CAT,
    deliver,
    impatient,
    session_with,
    settings_at,
)
from tests.servers.scripted_server import (
    Action,
    Answers,
    Peer,
    drop,
    garbage,
    hang,
    reset,
    scripted_server,
    stall,
)

pytestmark = pytest.mark.usefixtures("dialogue")

DEFERRED = OutcomeKind.DEFERRED
FAILED = OutcomeKind.FAILED
ACCEPTED = OutcomeKind.ACCEPTED


BIG = b"Subject: big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 300_000  # more than all buffers hold


def test_a_connection_lost_in_the_middle_of_the_content_is_safe() -> None:
    async def read_a_little(peer: Peer) -> None:
        await peer.say("354 go on")
        await peer.reader.readexactly(1000)
        await reset(peer)

    with scripted_server({"DATA": read_a_little}) as server:
        outcome, _ = attempt(server, content=BIG)
    assert outcome.kind is DEFERRED
    assert outcome.stage is Stage.DATA


def test_a_connection_known_to_be_lost_before_the_last_block_is_safe() -> None:
    with scripted_server() as server:

        async def main() -> Outcome:
            async with session_with(settings_at(server.port)) as session:

                async def lost_meanwhile(_: Sequence[str]) -> bool:
                    session._dialogue.abort()
                    return True

                return (await deliver(session, commit_point=lost_meanwhile))[ANN]

        outcome = asyncio.run(main())
    assert (outcome.kind, outcome.stage) == (DEFERRED, Stage.DATA)
    assert server.messages == []


@pytest.mark.parametrize("word", ["", "421 4.4.2 idle for too long", "250 2.0.0 taken already?"])
def test_a_server_that_ends_while_the_commit_is_awaited_has_got_nothing(word: str) -> None:
    async def leave(peer: Peer) -> None:
        await peer.say("354 go on")
        if word:
            await peer.say(word)
        await drop(peer)

    with scripted_server({"DATA": leave}) as server:

        async def main() -> tuple[Outcome, SmtpSession]:
            async with session_with(settings_at(server.port)) as session:

                async def slow(_: Sequence[str]) -> bool:
                    await session._dialogue.closed.wait()
                    return True

                return (await deliver(session, commit_point=slow))[ANN], session

        outcome, session = asyncio.run(main())
        peer = server.wait_ended()
    assert (outcome.kind, outcome.stage) == (DEFERRED, Stage.DATA)
    assert not session.usable
    assert bytes(peer.received).endswith(b"DATA\r\n")


def test_a_server_that_stops_reading_meets_the_deadline() -> None:
    async def stop_reading(peer: Peer) -> None:
        await peer.say("354 go on")
        await stall(peer)

    with scripted_server({"DATA": stop_reading}) as server:
        outcome, _ = attempt(server, impatient(block=0.1), content=BIG)
    assert outcome.kind is DEFERRED
    assert "within 0.1 s while sending the message" in outcome.reason


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("552 5.3.4 too big", FAILED),
        ("421 4.4.2 timeout", DEFERRED),
        ("451 4.3.0 trouble", DEFERRED),
        ("250 2.0.0 taken already?", DEFERRED),  # never acceptance: the dot was not sent
    ],
)
def test_a_reply_in_the_middle_of_the_content_ends_the_transfer(
    reply: str, kind: OutcomeKind
) -> None:
    async def interrupt(peer: Peer) -> None:
        await peer.say("354 go on")
        await peer.reader.readexactly(1000)
        await peer.say(reply)
        await stall(peer)

    with scripted_server({"DATA": interrupt}) as server:
        outcome, session = attempt(server, content=BIG)
    assert outcome.kind is kind
    assert outcome.stage is Stage.DATA
    assert session is not None
    assert not session.usable
    assert server.messages == []


def test_the_answers_so_far_stand_when_the_connection_breaks_later() -> None:
    answers: Answers = {"RCPT": ["250 ok", "550 5.1.1 no such user", drop]}
    with scripted_server(answers) as server:

        async def main() -> dict[str, Outcome]:
            async with session_with(settings_at(server.port)) as session:
                return await deliver(session, ANN, BOB, CAT)

        outcomes = asyncio.run(main())
    assert {name: outcome.kind for name, outcome in outcomes.items()} == {
        ANN: DEFERRED,
        BOB: FAILED,
        CAT: DEFERRED,
    }
    assert server.messages == []


def test_421_to_one_recipient_ends_it_for_all(dialogue: str) -> None:
    with scripted_server({"RCPT": ["250 ok", "421 4.7.0 too many errors"]}) as server:

        async def main() -> dict[str, Outcome]:
            async with session_with(settings_at(server.port)) as session:
                return await deliver(session, ANN, BOB, CAT)

        outcomes = asyncio.run(main())
        peer = server.wait_ended()
    assert {outcome.kind for outcome in outcomes.values()} == {DEFERRED}
    under_way = ["RCPT", "DATA"] if dialogue == "pipelined" else []
    assert peer.verbs == ["EHLO", "MAIL", "RCPT", "RCPT", *under_way]


@pytest.mark.parametrize("refused", ["RCPT", "DATA"])
def test_after_a_refusal_the_envelope_is_dropped(refused: str) -> None:
    answers: Answers = {refused: ["550 5.1.1 no", "250 ok" if refused == "RCPT" else "354 go on"]}
    with scripted_server(answers) as server:

        async def main() -> list[OutcomeKind]:
            async with session_with(settings_at(server.port)) as session:
                return [(await deliver(session))[ANN].kind for _ in range(2)]

        assert asyncio.run(main()) == [FAILED, ACCEPTED]
        assert server.wait_ended().verbs.count("RSET") == 1
    assert len(server.messages) == 1


@pytest.mark.parametrize("answer", ["421 bye", "500 what?", drop, garbage, hang])
def test_a_failing_rset_spoils_the_connection_and_no_outcome(answer: str | Action) -> None:
    with scripted_server({"RCPT": "550 5.1.1 no such user", "RSET": answer}) as server:
        outcome, session = attempt(server, impatient(command=0.1 if answer is hang else 10))
    assert outcome.kind is FAILED
    assert session is not None
    assert not session.usable


def test_a_stale_claim_sends_nothing() -> None:
    async def forbid(_: Sequence[str]) -> bool:
        return False

    with scripted_server() as server:

        async def main() -> None:
            async with session_with(settings_at(server.port)) as session:
                with pytest.raises(StaleClaim):
                    await deliver(session, commit_point=forbid)
                assert not session.usable

        asyncio.run(main())
        peer = server.wait_ended()
    assert peer.verbs == ["EHLO", "MAIL", "RCPT", "DATA"]
    assert bytes(peer.received).endswith(b"DATA\r\n")


def test_a_commit_point_that_fails_sends_nothing() -> None:
    async def disk_full(_: Sequence[str]) -> bool:
        raise OSError("disk full")

    with scripted_server() as server:

        async def main() -> None:
            async with session_with(settings_at(server.port)) as session:
                with pytest.raises(OSError, match="disk full"):
                    await deliver(session, commit_point=disk_full)

        asyncio.run(main())
        assert bytes(server.wait_ended().received).endswith(b"DATA\r\n")


@pytest.mark.parametrize("at", EVERY_STAGE)
def test_cancelling_drops_the_connection(at: str) -> None:
    with scripted_server({at: hang}) as server:

        async def main() -> None:
            stages: asyncio.Queue[Stage] = asyncio.Queue()
            task = asyncio.create_task(work(stages))
            while await stages.get() is not STAGE_OF[at]:
                pass
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        async def work(stages: asyncio.Queue[Stage]) -> None:
            provider = settings_at(server.port)
            async with session_with(provider, on_stage=stages.put_nowait) as session:
                await deliver(session)

        asyncio.run(main())
        if server.peers:
            server.wait_ended()
    assert server.messages == [] or at == "END"
