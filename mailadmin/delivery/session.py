"""What the sender needs of an open connection, and how it gets one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from mailadmin.credentials import Secret
from mailadmin.domain.outcome import Outcome
from mailadmin.domain.provider import Provider
from mailadmin.drivers.smtp import SmtpSession, Timeouts


class Session(Protocol):
    """An open connection on which messages can be sent, one after the other."""

    @property
    def usable(self) -> bool:
        """Whether another message may be sent on it."""
        ...

    @property
    def doubts_pipelining(self) -> bool:
        """Whether the server seems to offer pipelining without being able to do it."""
        ...

    async def deliver(
        self,
        *,
        envelope_from: str,
        recipients: Sequence[str],
        content: bytes,
        commit_point: Callable[[Sequence[str]], Awaitable[bool]],
    ) -> dict[str, Outcome]:
        """Send one message; see `smtp.SmtpSession.deliver`."""
        ...

    async def close(self) -> None:
        """Say goodbye; never fails."""
        ...


class OpenSession(Protocol):
    """Opens a connection; raises `SmtpFailure`."""

    def __call__(
        self, provider: Provider, secret: Secret | None, timeouts: Timeouts, *, pipelining: bool
    ) -> Awaitable[Session]: ...


async def open_smtp(
    provider: Provider, secret: Secret | None, timeouts: Timeouts, *, pipelining: bool
) -> Session:
    """Open a connection to an SMTP server. Raises `SmtpFailure`."""
    return await SmtpSession.open(provider, secret, timeouts=timeouts, pipelining=pipelining)
