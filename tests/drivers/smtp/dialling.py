"""What most tests of the SMTP client begin with: a provider for a test server, and a session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from mailadmin.credentials import Secret
from mailadmin.domain.outcome import Outcome
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.session import CommitPoint, Delivery
from mailadmin.drivers.smtp.session import SmtpSession
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.drivers.smtp.timeouts import Timeouts
from mailadmin.drivers.transcript import Transcript

SENDER = "office@example.org"
ANN, BOB, CAT = "ann@example.net", "bob@example.net", "cat@example.net"
MESSAGE = b"Subject: Hello\r\nFrom: office@example.org\r\n\r\nHello.\r\n"

PATIENT = Timeouts(**dict.fromkeys(Timeouts.__slots__, 60.0))
"""Long enough for any test, short enough that one which hangs says so."""


def impatient(**seconds: float) -> Timeouts:
    """PATIENT but for the stages named."""
    return replace(PATIENT, **seconds)


def settings_at(
    port: int, encryption: Encryption = Encryption.NONE, **changes: object
) -> SmtpSettings:
    """A server on this computer."""
    basis = SmtpSettings("127.0.0.1", port, encryption=encryption)
    return replace(basis, **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def session_with(
    settings: SmtpSettings,
    password: str | None = None,
    *,
    timeouts: Timeouts = PATIENT,
    transcript: Transcript | None = None,
    on_stage: Callable[[Stage], None] | None = None,
) -> AsyncIterator[SmtpSession]:
    """An open session, closed at the end."""
    secret = None if password is None else Secret(password)
    session = await SmtpSession.open(
        settings, secret, timeouts=timeouts, transcript=transcript, on_stage=on_stage
    )
    try:
        yield session
    finally:
        await session.close()


async def go_on(accepted: Sequence[str]) -> bool:
    """A commit point of a claim that is still ours."""
    del accepted
    return True


async def deliver(
    session: SmtpSession,
    *recipients: str,
    content: bytes = MESSAGE,
    sender: str = SENDER,
    commit_point: CommitPoint = go_on,
) -> dict[str, Outcome]:
    """Hand MESSAGE over for `recipients`."""
    return await session.deliver(
        delivery_to(*recipients or (ANN,), content=content, sender=sender), commit_point
    )


def delivery_to(*recipients: str, content: bytes = MESSAGE, sender: str = SENDER) -> Delivery:
    """MESSAGE for `recipients`."""
    return Delivery(sender, {name: number for number, name in enumerate(recipients, 1)}, content)
