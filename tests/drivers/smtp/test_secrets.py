"""A canary password is found nowhere: transcript, exceptions, representations, logs."""

from __future__ import annotations

import asyncio
import base64
import logging
import traceback

import pytest

from mailadmin.credentials import Secret
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.probe import probe
from mailadmin.drivers.smtp.session import SmtpSession
from mailadmin.drivers.transcript import Transcript
from tests.drivers.smtp.dialling import PATIENT, SENDER, deliver, impatient, settings_at
from tests.servers.aiosmtpd_server import aiosmtpd_server
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import (
    Action,
    Peer,
    drop,
    garbage,
    hang,
    scripted_server,
)

USERNAME = "canary@example.org"
CANARY = "kanarienvogel-7Zt!äß"


def traces_of(password: str) -> list[str]:
    """What a text that leaks the password would contain: itself, and its base64 in any position."""
    raw = password.encode()
    traces = [password, repr(password)[1:-1], password[:12], password[-8:]]
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        traces.append(encoded[4:-4])  # the ends depend on what stands beside it
    return traces


def assert_no_trace(text: str) -> None:
    for trace in traces_of(CANARY):
        assert trace not in text


async def quote_it_back(peer: Peer) -> None:
    """A server that repeats what it refuses."""
    blob = peer.commands[-1].split(" ")[-1]
    plain = base64.b64decode(blob).decode().split("\0")[-1]
    await peer.say(f"535-5.7.8 bad: {blob}\n535 5.7.8 I mean {plain!s}.")


def after_login(then: Action) -> Action:
    """What a server does once it was told the password by LOGIN."""

    async def action(peer: Peer) -> None:
        for question in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"):
            await peer.say(f"334 {question}")
            peer.commands.append((await peer.line()).decode())
        await then(peer)

    return action


async def ask_it_again(peer: Peer) -> None:
    """A server that makes a challenge of what it was told; no client may go on with that."""
    blob = peer.commands[-1].split(" ")[-1]
    await peer.say(f"334 {blob}")
    await peer.say(f"501 {await peer.line()!r} cancels {blob}")


PLAIN = "250-scripted\n250 AUTH PLAIN"
LOGIN = "250-scripted\n250 AUTH LOGIN"


@pytest.mark.parametrize(
    ("ehlo", "answer"),
    [
        (PLAIN, "235 welcome"),
        (PLAIN, "535 5.7.8 no"),
        (PLAIN, quote_it_back),
        (PLAIN, ask_it_again),
        (PLAIN, drop),
        (PLAIN, garbage),
        (PLAIN, hang),
        (LOGIN, after_login(quote_it_back)),
        (LOGIN, after_login(ask_it_again)),
        (LOGIN, after_login(drop)),
        (LOGIN, after_login(garbage)),
        (LOGIN, hang),
    ],
)
def test_the_password_leaves_no_trace_on_a_plain_connection(
    ehlo: str,
    answer: str | Action,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    transcript = Transcript()
    told: list[str] = []
    seen: list[str] = []
    secret = Secret(CANARY)
    timeouts = impatient(command=0.1) if answer is hang else PATIENT

    async def main() -> None:
        asyncio.get_running_loop().slow_callback_duration = 0.0  # log every callback
        provider = settings_at(server.port, username=USERNAME)
        heard = Transcript(told.append)
        try:
            session = await SmtpSession.open(provider, secret, timeouts=timeouts, transcript=heard)
            seen.extend(map(repr, (session, session._dialogue, vars(session))))
            await deliver(session)
            await session.close()
        except SmtpFailure as failure:
            seen.extend([repr(failure), str(failure), repr(failure.reply), repr(vars(failure))])
            shown = traceback.TracebackException.from_exception(failure, capture_locals=True)
            seen.append("".join(shown.format()))
        result = await probe(provider, SENDER, secret, timeouts=timeouts, transcript=transcript)
        seen.extend([repr(result), repr(secret), repr(transcript)])

    with scripted_server({"EHLO": ehlo, "AUTH": answer}) as server:
        asyncio.run(main(), debug=True)
        received = b"".join(bytes(peer.received) for peer in server.peers).decode()
    if answer is not hang or ehlo is PLAIN:
        sent = (f"\0{USERNAME}\0{CANARY}" if ehlo is PLAIN else CANARY).encode()
        assert base64.b64encode(sent).decode() in received, "the control: it was really sent"
    out, err = capfd.readouterr()
    assert "AUTH" in transcript.text
    assert "Executing <" in caplog.text, "the control: asyncio really logged"
    for text in [transcript.text, *told, *seen, caplog.text, out, err]:
        assert_no_trace(text)
    assert ("********" in transcript.text) is (answer is not hang or ehlo is PLAIN)


def test_the_password_leaves_no_trace_over_tls(
    certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="asyncio")
    transcript = Transcript()
    context = certificates.valid.context()
    with aiosmtpd_server(encryption=Encryption.TLS, tls=context, sign_in=True) as server:
        provider = settings_at(
            server.port, Encryption.TLS, username=USERNAME, ca_file=str(certificates.ca_file)
        )
        result = asyncio.run(
            probe(provider, SENDER, Secret(CANARY), timeouts=PATIENT, transcript=transcript),
            debug=True,
        )
    assert not result.passed
    assert_no_trace(transcript.text + repr(result) + caplog.text)


def test_a_trace_of_the_password_would_be_found() -> None:
    """The control of the search itself."""
    for text in [
        CANARY,
        f"x{CANARY}x",
        repr([CANARY]),
        base64.b64encode(CANARY.encode()).decode(),
        base64.b64encode(f"\0{USERNAME}\0{CANARY}".encode()).decode(),
    ]:
        with pytest.raises(AssertionError):
            assert_no_trace(text)
