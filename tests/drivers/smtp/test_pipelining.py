"""MAIL, RCPT and DATA at once (RFC 2920), and servers that offer it and can't do it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.drivers.smtp.session import SmtpSession
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.drivers.smtp.timeouts import Timeouts
from tests.drivers.smtp.attempts import STAGE_OF, attempt
from tests.drivers.smtp.dialling import (
    ANN,
    BOB,
    CAT,
    MESSAGE,
    PATIENT,
    deliver,
    impatient,
    session_with,
    settings_at,
)
from tests.servers.scripted_server import (
    PIPELINING,
    Action,
    Answers,
    Peer,
    ScriptedServer,
    drop,
    garbage,
    hang,
    raw,
    scripted_server,
)

ACCEPTED, DEFERRED, FAILED = OutcomeKind.ACCEPTED, OutcomeKind.DEFERRED, OutcomeKind.FAILED
OFFERED: Answers = {"EHLO": PIPELINING}
NO = "550 5.1.1 no such user"


def send(
    server: ScriptedServer, *messages: Sequence[str], timeouts: Timeouts = PATIENT
) -> tuple[list[dict[str, Outcome]], SmtpSession]:
    """One message after the other over one connection, each to the recipients given."""

    async def main() -> tuple[list[dict[str, Outcome]], SmtpSession]:
        async with session_with(settings_at(server.port), timeouts=timeouts) as session:
            outcomes = [await deliver(session, *to) for to in messages]
            # A connection that is to be used again must have been in step before it is closed.
            assert session.usable or session.failure is not None
        return outcomes, session

    return asyncio.run(main())


def kinds(outcomes: dict[str, Outcome]) -> list[OutcomeKind]:
    return [outcome.kind for outcome in outcomes.values()]


def test_the_envelope_is_sent_before_anything_is_answered() -> None:
    async def answer_all_at_once(peer: Peer) -> None:
        for expected in (f"RCPT TO:<{ANN}>", f"RCPT TO:<{BOB}>", "DATA"):
            assert await peer.line() == expected.encode()
        await peer.say("250 a\n250 b\n550 5.1.1 c\n354 d")
        peer.messages.append(await peer.content())
        await peer.say("250 2.0.0 taken")

    with scripted_server({**OFFERED, "MAIL": answer_all_at_once}) as server:
        (outcomes,), _ = send(server, [ANN, BOB])
    assert {name: outcome.kind for name, outcome in outcomes.items()} == {
        ANN: ACCEPTED,
        BOB: FAILED,
    }
    assert server.messages == [MESSAGE]


@pytest.mark.parametrize(("offered", "wanted"), [(False, True), (True, False)])
def test_one_after_the_other_where_it_is_not_offered_or_not_wanted(
    offered: bool, wanted: bool
) -> None:
    """A server that refused the sender has then heard of no recipient."""
    answers: Answers = {**(OFFERED if offered else {}), "MAIL": "550 5.7.1 not you"}
    with scripted_server(answers) as server:

        async def main() -> None:
            session = await SmtpSession.open(
                settings_at(server.port), None, timeouts=PATIENT, pipelining=wanted
            )
            await deliver(session)
            await session.close()

        asyncio.run(main())
        assert server.wait_ended().verbs == ["EHLO", "MAIL", "QUIT"]


def test_messages_follow_each_other_without_rset() -> None:
    with scripted_server(OFFERED) as server:
        outcomes, _ = send(server, [ANN], [ANN, BOB], [BOB])
        verbs = server.wait_ended().verbs
    assert [kinds(each) for each in outcomes] == [[ACCEPTED], [ACCEPTED] * 2, [ACCEPTED]]
    assert verbs[1:7] == ["MAIL", "RCPT", "DATA", "MAIL", "RCPT", "RCPT"]
    assert verbs.count("RSET") == 0
    assert server.messages == [MESSAGE] * 3


# Nobody to send it to ------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["554 5.5.1 no valid recipients", "250 2.0.0 whatever"])
def test_a_server_that_wants_the_content_for_nobody_gets_the_dot_alone(end: str) -> None:
    answers: Answers = {
        **OFFERED,
        f"RCPT {ANN}": NO,
        f"RCPT {BOB}": "250 ok",
        "DATA": "354 go on",
        "END": [end, "250 2.0.0 taken"],
    }
    with scripted_server(answers) as server:
        (first, second), session = send(server, [ANN], [BOB])
        verbs = server.wait_ended().verbs
    assert kinds(first) == [FAILED]
    assert first[ANN].stage is Stage.RCPT
    assert kinds(second) == [ACCEPTED]
    assert [transfer.content for transfer in server.transfers] == [b"", MESSAGE]
    assert "RSET" not in verbs
    assert session.failure is None


@pytest.mark.parametrize(
    "data", ["503 5.5.1 RCPT first", "554 5.5.1 no valid recipients", "451 4.3.0 trouble"]
)
def test_a_server_that_refuses_the_content_for_nobody_is_used_again(data: str) -> None:
    answers: Answers = {**OFFERED, f"RCPT {ANN}": NO, "DATA": [data, "354 go on"]}
    with scripted_server(answers) as server:
        (first, second), _ = send(server, [ANN], [BOB])
    assert (kinds(first), kinds(second)) == ([FAILED], [ACCEPTED])
    reply = first[ANN].reply
    assert reply is not None
    assert reply.text == NO  # what came to DATA says nothing about the recipient
    assert server.messages == [MESSAGE]


def test_the_sender_was_refused_and_somebody_accepted_nevertheless() -> None:
    """The dot alone would be an empty message to that recipient: nothing more is sent."""
    answers: Answers = {
        **OFFERED,
        "MAIL": "451 4.3.0 trouble",
        "RCPT": "250 ok",
        "DATA": "354 go on",
    }
    with scripted_server(answers) as server:
        (outcomes,), session = send(server, [ANN])
        peer = server.wait_ended()
    assert outcomes[ANN].stage is Stage.MAIL
    assert kinds(outcomes) == [DEFERRED]
    assert not session.usable
    assert bytes(peer.received).endswith(b"DATA\r\n")


@pytest.mark.parametrize("answer", ["421 4.7.0 too many errors", "250 what?", drop, garbage, hang])
@pytest.mark.parametrize("refused", ["MAIL", "RCPT"])
def test_a_refused_recipient_stays_refused_when_data_gets_no_reply(
    refused: str, answer: str | Action
) -> None:
    answers: Answers = {**OFFERED, refused: "550 5.0.0 no", "DATA": answer}
    with scripted_server(answers) as server:
        timeouts = impatient(data=0.1) if answer is hang else PATIENT
        (outcomes,), session = send(server, [ANN, BOB], timeouts=timeouts)
    assert kinds(outcomes) == [FAILED] * 2
    assert {outcome.stage for outcome in outcomes.values()} == {STAGE_OF[refused]}
    assert not session.usable
    assert server.messages == []


def test_data_refused_and_some_recipients_too() -> None:
    answers: Answers = {
        **OFFERED,
        f"RCPT {ANN}": NO,
        f"RCPT {BOB}": "250 ok",
        "DATA": ["451 4.3.2 not now", "354 go on"],
    }
    with scripted_server(answers) as server:
        (first, second), _ = send(server, [ANN, BOB], [BOB])
    assert {name: (o.kind, o.stage) for name, o in first.items()} == {
        ANN: (FAILED, Stage.RCPT),
        BOB: (DEFERRED, Stage.DATA),
    }
    assert kinds(second) == [ACCEPTED]
    assert server.wait_ended().verbs.count("RSET") == 1


# Servers that can't do it --------------------------------------------------------------------


async def swallow(peer: Peer) -> None:
    """Answer MAIL and throw away what came with it, as some proxies do."""
    await peer.say("250 ok")
    await hang(peer)


@pytest.mark.parametrize(
    ("answers", "stage"),
    [
        ({"MAIL": swallow}, Stage.RCPT),
        ({"MAIL": raw(b"250 ok\r\n", then=drop)}, Stage.RCPT),
        ({"RCPT": raw(b"250 ok\r\n", then=drop)}, Stage.DATA),
        ({"RCPT": drop}, Stage.RCPT),
        ({"MAIL": raw(b"250 ok\r\n250 ok\r\n250 ok\r\n")}, Stage.DATA),  # replies to spare
        ({"RCPT": raw(b"250 ok\r\n354 go on\r\n354 go on\r\n")}, Stage.DATA),
        ({"RCPT": raw(b"250 ok\r\n354 go on\r\n250 taken\r\n")}, Stage.DATA),
        ({"DATA": raw(b"354 go on\r\n250 taken\r\n")}, Stage.DATA),
    ],
    ids=["swallowed", "closed 1", "closed 2", "closed 3", "early 1", "early 2", "early 3", "twice"],
)
def test_replies_that_do_not_match_the_commands_end_the_session(
    answers: Answers, stage: Stage
) -> None:
    """Never acceptance, and nothing sent that the server could take for a message of its own."""
    late = any(answer is swallow for answer in answers.values())
    with scripted_server({**OFFERED, **answers, "END": hang}) as server:
        outcome, session = attempt(server, impatient(rcpt=0.1) if late else PATIENT)
    assert (outcome.kind, outcome.stage) == (DEFERRED, stage)
    assert session is not None
    assert not session.usable
    assert server.messages == []


def test_a_surplus_reply_does_not_count_as_354() -> None:
    """Without pipelining it came before DATA was sent, so it can't be the answer to it."""
    asked: list[Sequence[str]] = []

    async def commit(accepted: Sequence[str]) -> bool:
        asked.append(accepted)
        return True

    with scripted_server({"RCPT": raw(b"250 ok\r\n354 go on\r\n")}) as server:

        async def main() -> Outcome:
            async with session_with(settings_at(server.port)) as session:
                return (await deliver(session, commit_point=commit))[ANN]

        outcome = asyncio.run(main())
    assert (outcome.kind, outcome.stage) == (DEFERRED, Stage.DATA)
    assert "a reply that nobody asked for" in outcome.reason
    assert asked == []


def test_a_server_that_can_not_pipeline_is_told_from_one_that_refuses() -> None:
    with scripted_server({**OFFERED, "MAIL": [swallow, "250 ok"]}) as server:
        _, broken = attempt(server, impatient(rcpt=0.1))
        _, fine = attempt(server)
    with scripted_server({**OFFERED, "RCPT": "421 4.7.0 closing"}) as server:
        _, busy = attempt(server)
    with scripted_server({"RCPT": drop}) as server:
        _, plain = attempt(server)
    with scripted_server({**OFFERED, "END": drop}) as server:
        _, late = attempt(server)
    doubts = [session.wants_caution for session in (broken, fine, busy, plain, late) if session]
    assert doubts == [True, False, False, False, False]


def test_each_reply_has_a_deadline_of_its_own() -> None:
    """They are asked for at once and answered one after the other: a slow server is no dead one."""

    def slowly(reply: str) -> Action:
        async def action(peer: Peer) -> None:
            await asyncio.sleep(0.8)
            await peer.say(reply)

        return action

    answers = {**OFFERED, "MAIL": slowly("250 ok"), "RCPT": slowly("250 ok")}
    with scripted_server(answers) as server:
        timeouts = impatient(mail=2, rcpt=2, data=2)
        (outcomes,), _ = send(server, [ANN, BOB, CAT], timeouts=timeouts)
    assert kinds(outcomes) == [ACCEPTED] * 3
