"""aiosmtpd as an SMTP server for tests, independent of the client; it records the mail it gets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailadmin.domain.provider import Encryption
from tests.servers.serving import serving

USERNAME = "postmaster@example.org"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message that the server accepted."""

    envelope_from: str
    recipients: tuple[str, ...]
    content: bytes  # as on the wire, dots unstuffed
    mail_options: tuple[str, ...]
    encrypted: bool
    signed_in_as: str


@dataclass(slots=True)
class Behaviour:
    """How the server answers; may be changed between messages.

    A reply in `recipients` is given each time, a reply in `once` only at the first RCPT for the
    address.
    """

    recipients: dict[str, str] = field(default_factory=dict)
    once: dict[str, str] = field(default_factory=dict)
    data: str = "250 2.0.0 accepted"
    senders: dict[str, str] = field(default_factory=dict)
    pipelining: bool = False  # offered (RFC 2920); aiosmtpd can do it and does not say so


class Recorder:
    """aiosmtpd's handler. Called in the server's thread; `received` is appended to atomically."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.received: list[ReceivedMessage] = []
        self.connections = 0
        self.failed_sign_ins = 0
        self.mechanisms: list[str] = []

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        offer = ["250-PIPELINING"] if self.behaviour.pipelining else []
        return [*responses[:1], *offer, *responses[1:]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.behaviour.senders.get(address, "250 2.1.0 sender ok")
        if reply.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.behaviour.once.pop(address, None)
        if reply is None:
            reply = self.behaviour.recipients.get(address, "250 2.1.5 recipient ok")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.behaviour.data.startswith("2"):
            content, transport = envelope.original_content, server.transport
            assert content is not None
            assert transport is not None
            self.received.append(
                ReceivedMessage(
                    envelope.mail_from or "",
                    tuple(envelope.rcpt_tos),
                    content,
                    tuple(envelope.mail_options),
                    transport.get_extra_info("sslcontext") is not None,
                    session.auth_data or "",
                )
            )
        return self.behaviour.data

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.mechanisms.append(mechanism)
        if data.login == USERNAME.encode() and data.password == PASSWORD.encode():
            return AuthResult(success=True, auth_data=USERNAME)
        self.failed_sign_ins += 1
        return AuthResult(success=False, handled=False)


class _Peer(SMTP):
    """One connection, with a line limit that fits real messages."""

    line_length_limit = 1024 * 1024


@dataclass(slots=True)
class AiosmtpdServer:
    """A running server."""

    port: int
    recorder: Recorder
    behaviour: Behaviour
    encryption: Encryption

    @property
    def received(self) -> list[ReceivedMessage]:
        """Every accepted message, in order."""
        return self.recorder.received


@contextmanager
def aiosmtpd_server(
    *,
    encryption: Encryption = Encryption.NONE,
    tls: ssl.SSLContext | None = None,
    sign_in: bool = False,
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN"),
    host: str = "127.0.0.1",
    size_limit: int | None = None,
    smtputf8: bool = True,
    pipelining: bool = False,
) -> Iterator[AiosmtpdServer]:
    """Run a server in a thread of its own on a free port until the block ends.

    `tls` is needed unless `encryption` is NONE. With `sign_in` mail is taken only after AUTH with
    USERNAME and PASSWORD.
    """
    behaviour = Behaviour(pipelining=pipelining)
    recorder = Recorder(behaviour)

    def peer() -> SMTP:
        recorder.connections += 1
        connection = _Peer(
            recorder,
            hostname="mx.test",
            enable_SMTPUTF8=smtputf8,
            data_size_limit=size_limit,
            tls_context=tls if encryption is Encryption.TLS else None,
            require_starttls=encryption is Encryption.TLS,
            auth_required=sign_in,
            auth_exclude_mechanism={"PLAIN", "LOGIN"} - set(mechanisms),
            authenticator=recorder.authenticate,
            loop=asyncio.get_running_loop(),
        )
        # aiosmtpd does not know implicit TLS and would offer no AUTH over it; its own argument for
        # that warns about the risk, and warnings are errors here.
        connection._auth_require_tls = encryption is Encryption.TLS
        return connection

    implicit = tls if encryption is Encryption.SSL else None
    with serving(peer, host, implicit) as port:
        yield AiosmtpdServer(port, recorder, behaviour, encryption)
