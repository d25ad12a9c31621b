"""Messages to a real server: what arrives, and the outcome of each recipient."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.stages import Stage
from tests.drivers.smtp.dialling import ANN, BOB, CAT, MESSAGE, deliver, session_with, settings_at
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME, AiosmtpdServer, aiosmtpd_server
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import scripted_server

DOTS = b"Subject: dots\r\n\r\n.\r\n..\r\n.a\r\na.\r\n\r\n.\r\n"
BIG = b"Subject: big\r\n\r\n" + b"".join(b".%070d\r\n" % n for n in range(20_000))


@pytest.fixture(params=[False, True], ids=["plain", "pipelined"])
def plain_server(request: pytest.FixtureRequest) -> Iterator[AiosmtpdServer]:
    """Without TLS and AUTH; each test runs without and with pipelining."""
    with aiosmtpd_server(pipelining=request.param) as server:
        yield server


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.SSL])
def test_signed_in_over_tls(
    encryption: Encryption, pipelining: bool, certificates: Certificates
) -> None:
    context = certificates.valid.context()
    with aiosmtpd_server(
        encryption=encryption, tls=context, sign_in=True, pipelining=pipelining
    ) as server:
        provider = settings_at(
            server.port,
            encryption,
            host="localhost",
            username=USERNAME,
            ca_file=str(certificates.ca_file),
        )

        async def main() -> None:
            async with session_with(provider, PASSWORD) as session:
                outcomes = await deliver(session, ANN, BOB)
                assert [outcome.kind for outcome in outcomes.values()] == [OutcomeKind.ACCEPTED] * 2

        asyncio.run(main())
        (message,) = server.received
    assert message.encrypted
    assert message.signed_in_as == USERNAME
    assert message.recipients == (ANN, BOB)
    assert message.content == MESSAGE


@pytest.mark.parametrize(
    "content",
    [
        MESSAGE,
        DOTS,
        b".\r\n",
        b"..\r\n.\r\n",
        b"\r\n",
        b"Subject: 8 bit\r\n\r\n" + bytes(range(0x80, 0x100)) + b"\r\n",
        b"Subject: long\r\n\r\n" + b"x" * 998 + b"\r\n",
        BIG,
    ],
    ids=["plain", "dots", "one dot", "two dots", "empty line", "8 bit", "long line", "big"],
)
def test_every_byte_arrives_as_it_is(content: bytes, plain_server: AiosmtpdServer) -> None:
    async def main() -> None:
        async with session_with(settings_at(plain_server.port)) as session:
            outcome = (await deliver(session, content=content))[ANN]
            assert outcome.kind is OutcomeKind.ACCEPTED
            assert outcome.reason == "Accepted by 127.0.0.1: 250 2.0.0 accepted"
            assert outcome.reply is not None
            assert outcome.reply.enhanced == "2.0.0"

    asyncio.run(main())
    (message,) = plain_server.received
    assert message.content == content


def test_a_last_line_without_its_end_gets_one(plain_server: AiosmtpdServer) -> None:
    async def main() -> None:
        async with session_with(settings_at(plain_server.port)) as session:
            await deliver(session, content=b"Subject: x\r\n\r\nno end")

    asyncio.run(main())
    assert plain_server.received[0].content == b"Subject: x\r\n\r\nno end\r\n"


@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\r\n.\n", b"\n.\r\n", b"\r.\r\n"])
def test_smuggling_is_not_sent(end: bytes, plain_server: AiosmtpdServer) -> None:
    """What one server takes for the end of a message and another does not never leaves."""
    content = b"Subject: x\r\n\r\nfirst" + end + b"MAIL FROM:<evil@example.org>\r\n"

    async def main() -> None:
        async with session_with(settings_at(plain_server.port)) as session:
            outcome = (await deliver(session, content=content))[ANN]
            assert outcome.kind is OutcomeKind.FAILED
            assert "line ends" in outcome.reason
            assert session.usable

    asyncio.run(main())
    assert plain_server.received == []


def test_one_connection_carries_many_messages(plain_server: AiosmtpdServer) -> None:
    plain_server.behaviour.recipients[BOB] = "550 5.1.1 no such user"

    async def main() -> None:
        async with session_with(settings_at(plain_server.port)) as session:
            for recipients in ([ANN], [BOB], [ANN, BOB], [CAT]):
                await deliver(session, *recipients)
                assert session.usable
        assert not session.usable

    asyncio.run(main())
    assert plain_server.recorder.connections == 1
    assert [message.recipients for message in plain_server.received] == [(ANN,), (ANN,), (CAT,)]


def test_each_recipient_has_an_outcome_of_its_own(plain_server: AiosmtpdServer) -> None:
    plain_server.behaviour.recipients[BOB] = "550 5.1.1 no such user"
    plain_server.behaviour.recipients[CAT] = "452 4.5.3 too many recipients"

    async def main() -> None:
        async with session_with(settings_at(plain_server.port)) as session:
            outcomes = await deliver(session, ANN, BOB, CAT, ANN)
        assert list(outcomes) == [BOB, CAT, ANN]
        assert outcomes[ANN].kind is OutcomeKind.ACCEPTED
        assert outcomes[BOB].kind is OutcomeKind.FAILED
        assert outcomes[BOB].reason == ("Recipient refused by 127.0.0.1: 550 5.1.1 no such user")
        assert outcomes[CAT].kind is OutcomeKind.DEFERRED
        assert outcomes[CAT].stage is Stage.RCPT

    asyncio.run(main())
    (message,) = plain_server.received
    assert message.recipients == (ANN,)


def test_greylisting_once(plain_server: AiosmtpdServer) -> None:
    plain_server.behaviour.once[ANN] = "450 4.7.1 greylisted, try again in 5 minutes"

    async def main() -> None:
        async with session_with(settings_at(plain_server.port)) as session:
            first = (await deliver(session))[ANN]
            assert (first.kind, first.retry_after) == (OutcomeKind.DEFERRED, 300)
            second = (await deliver(session))[ANN]
            assert second.kind is OutcomeKind.ACCEPTED

    asyncio.run(main())
    assert len(plain_server.received) == 1


def test_what_the_server_was_told_of_the_message(plain_server: AiosmtpdServer) -> None:
    async def main() -> None:
        async with session_with(settings_at(plain_server.port)) as session:
            await deliver(session)
            await deliver(session, content=b"Subject: x\r\n\r\n\xc3\xa4\r\n")
            await deliver(session, "jürgen@example.net")

    asyncio.run(main())
    options = [message.mail_options for message in plain_server.received]
    assert options == [(), ("BODY=8BITMIME",), ("SMTPUTF8",)]
    assert plain_server.received[2].recipients == ("jürgen@example.net",)


def test_a_message_over_the_servers_limit_is_not_sent() -> None:
    with aiosmtpd_server(size_limit=1000) as server:

        async def main() -> None:
            async with session_with(settings_at(server.port)) as session:
                outcome = (await deliver(session, content=b"x" * 998 + b"\r\n\r\n"))[ANN]
                assert outcome.kind is OutcomeKind.FAILED
                assert "1,002 bytes" in outcome.reason
                assert "1,000" in outcome.reason
                exact = (await deliver(session, content=b"x" * 998 + b"\r\n"))[ANN]
                assert exact.kind is OutcomeKind.ACCEPTED

        asyncio.run(main())
        (message,) = server.received
    assert message.mail_options == ("SIZE=1000",)


@pytest.mark.parametrize("pipelining", [False, True])
def test_a_domain_in_another_script_goes_in_its_ascii_form(pipelining: bool) -> None:
    """Where the server knows no SMTPUTF8: the address is as good, and the outcome is its own."""
    ann = "ann@bücher.example"
    with aiosmtpd_server(smtputf8=False, pipelining=pipelining) as server:

        async def main() -> None:
            async with session_with(settings_at(server.port)) as session:
                outcomes = await deliver(session, ann, BOB, sender="office@büro.example")
                assert {name: o.kind for name, o in outcomes.items()} == {
                    ann: OutcomeKind.ACCEPTED,
                    BOB: OutcomeKind.ACCEPTED,
                }

        asyncio.run(main())
        (message,) = server.received
    assert message.recipients == ("ann@xn--bcher-kva.example", BOB)
    assert message.envelope_from == "office@xn--bro-hoa.example"
    assert message.mail_options == ()


def test_8_bit_characters_go_to_no_server_that_does_not_take_them() -> None:
    """It would be free to change them, and the signature of the message with them."""
    with scripted_server({"EHLO": "250-scripted\n250 PIPELINING"}) as server:

        async def main() -> None:
            async with session_with(settings_at(server.port)) as session:
                outcome = (await deliver(session, content=b"Subject: x\r\n\r\n\xc3\xa4\r\n"))[ANN]
                assert (outcome.kind, outcome.stage) == (OutcomeKind.FAILED, Stage.MAIL)
                assert "8BITMIME" in outcome.reason
                assert (await deliver(session))[ANN].kind is OutcomeKind.ACCEPTED

        asyncio.run(main())
        assert server.wait_ended().commands[1] == "MAIL FROM:<office@example.org>"
    assert server.messages == [MESSAGE]


def test_an_address_the_server_can_not_take_fails_alone() -> None:
    with aiosmtpd_server(smtputf8=False) as server:

        async def main() -> None:
            async with session_with(settings_at(server.port)) as session:
                outcomes = await deliver(session, "jürgen@example.net", ANN)
                assert outcomes["jürgen@example.net"].kind is OutcomeKind.FAILED
                assert "SMTPUTF8" in outcomes["jürgen@example.net"].reason
                assert outcomes[ANN].kind is OutcomeKind.ACCEPTED
                by = await deliver(session, ANN, sender="büro@example.org")
                assert by[ANN].kind is OutcomeKind.FAILED

        asyncio.run(main())
        assert [message.recipients for message in server.received] == [(ANN,)]


@pytest.mark.parametrize(
    "address", ["", "a b@example.org", "a@b> SIZE=1", "a@b\r\nRCPT TO:<c@d>", "a@b\n", "a\0@b"]
)
def test_no_address_breaks_out_of_its_command(address: str, plain_server: AiosmtpdServer) -> None:
    async def main() -> None:
        async with session_with(settings_at(plain_server.port)) as session:
            outcomes = await deliver(session, address, ANN)
            assert outcomes[address].kind is OutcomeKind.FAILED
            assert outcomes[ANN].kind is OutcomeKind.ACCEPTED

    asyncio.run(main())
    assert [message.recipients for message in plain_server.received] == [(ANN,)]


def test_a_sender_refused_by_policy_is_the_providers_fault(plain_server: AiosmtpdServer) -> None:
    plain_server.behaviour.senders["me@example.com"] = "553 5.7.1 not your address"

    async def main() -> None:
        async with session_with(settings_at(plain_server.port)) as session:
            outcome = (await deliver(session, sender="me@example.com"))[ANN]
            assert outcome.kind is OutcomeKind.PROVIDER_FAULT
            assert session.usable

    asyncio.run(main())


def test_the_commit_point_comes_before_any_byte_of_the_message(
    plain_server: AiosmtpdServer,
) -> None:
    stages: list[Stage | str] = []

    async def commit(accepted: Sequence[str]) -> bool:
        stages.append(f"commit {' '.join(accepted)}")
        return True

    async def main() -> None:
        provider = settings_at(plain_server.port)
        async with session_with(provider, on_stage=stages.append) as session:
            stages.clear()
            await deliver(session, commit_point=commit)

    asyncio.run(main())
    assert stages == [Stage.MAIL, Stage.RCPT, Stage.DATA, f"commit {ANN}", Stage.END_OF_DATA]


def test_the_commit_point_hears_who_was_accepted(plain_server: AiosmtpdServer) -> None:
    """Nobody else's point of no return is passed; and with nobody left it is not asked at all."""
    plain_server.behaviour.recipients[BOB] = "550 5.1.1 no such user"
    heard: list[list[str]] = []

    async def commit(accepted: Sequence[str]) -> bool:
        heard.append(list(accepted))
        return True

    async def main() -> None:
        async with session_with(settings_at(plain_server.port)) as session:
            await deliver(session, CAT, BOB, ANN, commit_point=commit)
            await deliver(session, BOB, commit_point=commit)

    asyncio.run(main())
    assert heard == [[CAT, ANN]]
