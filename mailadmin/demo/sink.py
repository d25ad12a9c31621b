"""SMTP servers on loopback that take mail, throw it away and connect to no other server."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailadmin.credentials import Secret
from mailadmin.demo.replies import Recipients

HOST = "127.0.0.1"
_SIZE_LIMIT = 32 * 1024 * 1024  # bytes, above what Mail Admin accepts
_IDLE_LIMIT = 60.0  # seconds until a silent client is disconnected
_HOST_NAME = "demo.example.org"
_LIBRARY_LOG = logging.getLogger("mail.log")


@dataclass(frozen=True, slots=True)
class Account:
    """The user name and password that a client has to sign in with."""

    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class Listener:
    """One server. `delay`: seconds before each reply to MAIL, RCPT and the message itself."""

    recipients: Recipients
    account: Account | None
    delay: float


class Sink:
    """SMTP servers, each on a free port of the loopback interface, all in one thread."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        """Start the servers; return when all accept connections. Raises OSError if one can't."""
        self.ports: tuple[int, ...] = ()
        self._listeners = listeners
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._failures: list[OSError] = []
        # aiosmtpd logs warnings at every sign-in; with no handler they go to the terminal.
        self._silence = logging.NullHandler()
        _LIBRARY_LOG.addHandler(self._silence)
        # A daemon: a demo that was not closed must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="demo SMTP sink", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failures:
            self.close()
            raise self._failures[0]

    def close(self) -> None:
        """Stop at once and drop open connections; a second call does nothing."""
        if self._thread.is_alive() and not self._failures:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        _LIBRARY_LOG.removeHandler(self._silence)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failures.append(error)
        finally:
            self._loop.close()
            self._ready.set()

    async def _serve(self) -> None:
        connections: set[_Connection] = set()
        servers: list[asyncio.Server] = []
        try:
            for listener in self._listeners:
                servers.append(await self._listen(listener, connections))
            self.ports = tuple(server.sockets[0].getsockname()[1] for server in servers)
            self._ready.set()
            await self._stop.wait()
        finally:
            for server in servers:
                server.close()
            for connection in connections:
                connection.abort()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)  # lets the aborted connections close their sockets

    async def _listen(self, listener: Listener, connections: set[_Connection]) -> asyncio.Server:
        return await self._loop.create_server(lambda: _Connection(listener, connections), HOST, 0)


class _Connection(SMTP):
    """The session with one client, with a line limit that fits real messages."""

    line_length_limit = 1024 * 1024

    def __init__(self, listener: Listener, connections: set[_Connection]) -> None:
        super().__init__(
            _Handler(listener),
            data_size_limit=_SIZE_LIMIT,
            enable_SMTPUTF8=True,
            hostname=_HOST_NAME,
            ident="Mail Admin demo, nothing is delivered",
            timeout=_IDLE_LIMIT,
            auth_require_tls=False,  # the connection never leaves this computer
            auth_exclude_mechanism=() if listener.account else ("LOGIN", "PLAIN"),
            authenticator=_Authenticator(listener.account),
            loop=asyncio.get_running_loop(),
        )
        self._connections = connections
        connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)

    def abort(self) -> None:
        """Drop the connection without a reply."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class _Handler:
    """The handlers that aiosmtpd calls for each command."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        await asyncio.sleep(self._listener.delay)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        await asyncio.sleep(self._listener.delay)
        reply = self._listener.recipients.reply(address)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session, envelope
        await asyncio.sleep(self._listener.delay)
        return "250 2.0.0 Accepted and thrown away: this is a demo"


class _Authenticator:
    """Checks a client's user name and password against one account."""

    def __init__(self, account: Account | None) -> None:
        self._account = account

    def __call__(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        del server, session, envelope, mechanism
        account = self._account
        right = (
            account is not None
            and isinstance(data, LoginPassword)
            and data.login == account.username.encode()
            and Secret(data.password.decode("utf-8", "replace")) == account.password
        )
        return AuthResult(success=right, handled=False)
