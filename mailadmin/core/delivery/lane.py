"""One provider as the sender sees it: its password, its open connections, its health."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from mailadmin.core.credentials import CredentialState, Lookup, Secret
from mailadmin.core.domain import Outcome, Provider
from mailadmin.core.smtp import CommitPoint, SmtpSession, Timeouts


class Session(Protocol):
    """An open connection on which messages can be sent, one after the other."""

    @property
    def usable(self) -> bool:
        """Whether another message may be sent on it."""
        ...

    async def deliver(
        self,
        *,
        envelope_from: str,
        recipients: Sequence[str],
        content: bytes,
        commit_point: CommitPoint,
    ) -> dict[str, Outcome]:
        """Send one message; see `smtp.SmtpSession.deliver`."""
        ...

    async def close(self) -> None:
        """Say goodbye; never fails."""
        ...


OpenSession = Callable[[Provider, Secret | None, Timeouts], Awaitable[Session]]


async def open_smtp(provider: Provider, secret: Secret | None, timeouts: Timeouts) -> Session:
    """Open a connection to an SMTP server. Raises `SmtpFailure`."""
    return await SmtpSession.open(provider, secret, timeouts=timeouts)


class Lane:
    """The way through one provider.

    Until one connection was opened successfully, only one is tried at a time: a wrong password
    costs one failed sign-in, not one for each connection.
    """

    def __init__(self, provider: Provider, open_session: OpenSession, timeouts: Timeouts) -> None:
        self.provider = provider
        self.active = 0  # claims in flight
        self.lookup: Lookup | None = None
        self.passwords_forgotten = 0  # how often the password was to be looked up again
        self.looking_up: asyncio.Task[None] | None = None
        self._open_session = open_session
        self._timeouts = timeouts
        self._proven = False
        self._idle: list[tuple[Session, int, float]] = []  # session, messages sent, since when
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def needs_lookup(self) -> bool:
        """Whether the password was not asked for yet."""
        return bool(self.provider.username) and self.lookup is None and self.looking_up is None

    @property
    def password_problem(self) -> str:
        """What stands in the way of the password, "" if nothing does."""
        if self.lookup is None or self.lookup.state is CredentialState.STORED:
            return ""
        return self.lookup.detail

    @property
    def usable(self) -> bool:
        """Whether mail can be claimed for this provider now."""
        provider = self.provider
        if not provider.enabled or provider.pause is not None:
            return False
        if not provider.username:
            return True
        return self.lookup is not None and self.lookup.state is CredentialState.STORED

    @property
    def free(self) -> int:
        """How many more emails may be in flight."""
        limit = self.provider.max_connections if self._proven else 1
        return max(limit - self.active, 0)

    def serves(self, provider: Provider) -> bool:
        """Whether `provider` is still the one this lane was made for, but for its pause."""
        return replace(provider, pause=None) == replace(self.provider, pause=None)

    def forget_password(self) -> None:
        """Look the password up again before the next connection."""
        self.lookup = None
        self.passwords_forgotten += 1

    async def take(self) -> tuple[Session, int]:
        """A connection and how many messages it has carried: 0 for one just opened.

        Raises `SmtpFailure` if none can be opened.
        """
        while self._idle:
            session, carried, _ = self._idle.pop()
            if session.usable:
                return session, carried
            self.discard(session)
        secret = self.lookup.secret if self.lookup is not None else None
        session = await self._open_session(self.provider, secret, self._timeouts)
        self._proven = True
        return session, 0

    def give_back(self, session: Session, carried: int) -> None:
        """Keep the connection for the next message, or close it."""
        if session.usable and carried < self.provider.messages_per_connection:
            self._idle.append((session, carried, time.monotonic()))
        else:
            self.discard(session)

    def discard(self, session: Session) -> None:
        """Close a connection without anybody waiting for the server's goodbye."""
        task = asyncio.ensure_future(session.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def close_idle(self, older_than: float) -> None:
        """Close the connections unused for `older_than` seconds."""
        limit = time.monotonic() - older_than
        stale = [entry for entry in self._idle if entry[2] <= limit]
        self._idle = [entry for entry in self._idle if entry[2] > limit]
        for session, _, _ in stale:
            self.discard(session)

    async def finish(self, patience: float) -> None:
        """Close all connections within `patience` seconds, with a goodbye where there is time."""
        self.close_idle(0)
        if not self._closing:
            return
        _, late = await asyncio.wait(self._closing, timeout=patience)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
