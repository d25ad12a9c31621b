"""Opening a connection, stage by stage: DNS, TCP, greeting, TLS, AUTH.

`aiosmtplib.SMTP` does EHLO, STARTTLS and the AUTH mechanisms; the order, the deadlines, what is
refused and what a failure is called are decided here.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib

from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp import explain
from mailadmin.drivers.smtp.classification import outcome_of_reply
from mailadmin.drivers.smtp.connecting import Address, client_name, connect, peer_name, resolve
from mailadmin.drivers.smtp.dialogue import Dialogue
from mailadmin.drivers.smtp.failure import MalformedReply, SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.drivers.smtp.timeouts import Timeouts
from mailadmin.drivers.smtp.tls import context_for, tls_failure, verify_fingerprint
from mailadmin.drivers.transcript import Redactor, Revealable, Transcript

# A server that offers a mechanism and then does not know it (RFC 4954 §4, RFC 5321 §4.2.4).
_MECHANISM_UNKNOWN = frozenset({500, 501, 502, 504})

# What a server or the network can cause; anything else is a bug and passes.
_EXPECTED = (SmtpFailure, aiosmtplib.SMTPResponseException, MalformedReply, OSError)


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection, ready for MAIL."""

    dialogue: Dialogue
    extensions: dict[str, str]  # what EHLO offered: keyword in lower case → its parameters


class Opening:
    """One attempt to open a connection. Used once."""

    def __init__(
        self,
        settings: SmtpSettings,
        secret: Revealable | None,
        timeouts: Timeouts,
        transcript: Transcript | None,
        on_stage: Callable[[Stage], None] | None,
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._timeouts = timeouts
        self._transcript = transcript
        self._on_stage = on_stage
        self._dialogue: Dialogue | None = None

    async def run(self) -> Connection:
        """Open the connection; raises SmtpFailure. Whatever happens, nothing is left open."""
        try:
            return await self._run()
        except BaseException:
            if self._dialogue is not None:
                self._dialogue.abort()
            raise

    async def _run(self) -> Connection:
        settings, times = self._settings, self._timeouts
        async with self._stage(Stage.DNS, times.dns):
            addresses = await resolve(settings.host, settings.port)
        self._check_loopback(addresses)
        async with self._stage(Stage.CONNECT, times.connect):
            sock = await connect(addresses)
        self._remark(f"Connected to {settings.host} at {peer_name(sock)}")
        if settings.encryption is Encryption.SSL:
            dialogue = await self._adopt_with_tls(sock)
        else:
            dialogue = await self._adopt(sock)
        client = aiosmtplib.SMTP(
            hostname=settings.host, local_hostname=client_name(sock), timeout=None
        )
        client.protocol, client.transport = dialogue, dialogue.transport
        async with self._stage(Stage.GREETING, times.greeting):
            greeting = await dialogue.reply()
            if greeting.code != 220:
                raise self._refused(Stage.GREETING)
        await self._say_hello(client)
        if settings.encryption is Encryption.TLS:
            await self._start_tls(client)
            await self._say_hello(client)
        if settings.username:
            await self._sign_in(client)
        return Connection(dialogue, dict(client.esmtp_extensions))

    # The stages ------------------------------------------------------------------------------

    def _check_loopback(self, addresses: list[Address]) -> None:
        """Encryption.NONE is for this computer alone, whatever the name resolves to."""
        if self._settings.encryption is not Encryption.NONE:
            return
        outside = [address for address in addresses if not address.is_loopback]
        if outside:
            raise SmtpFailure(
                Stage.CONNECT,
                FailureKind.ENCRYPTION_REQUIRED,
                f"{self._settings.host} is another computer ({outside[0]}), so the connection must "
                "be encrypted; choose TLS or SSL. Nothing was sent.",
            )

    async def _adopt(self, sock: socket.socket) -> Dialogue:
        dialogue = self._new_dialogue()
        await asyncio.get_running_loop().create_connection(lambda: dialogue, sock=sock)
        return dialogue

    async def _adopt_with_tls(self, sock: socket.socket) -> Dialogue:
        """Implicit TLS (RFC 8314 §3.3)."""
        dialogue = self._new_dialogue()
        try:
            async with self._stage(Stage.TLS, self._timeouts.tls):
                context = await asyncio.to_thread(context_for, self._settings)
                await asyncio.get_running_loop().create_connection(
                    lambda: dialogue,
                    sock=sock,
                    ssl=context,
                    server_hostname=self._settings.host,
                    ssl_handshake_timeout=2 * self._timeouts.tls,  # ours comes first
                )
        except BaseException:
            sock.close()
            raise
        self._verify_peer(dialogue)
        return dialogue

    async def _say_hello(self, client: aiosmtplib.SMTP) -> None:
        needs_extensions = self._settings.encryption is Encryption.TLS or self._settings.username
        async with self._stage(Stage.GREETING, self._timeouts.command):
            try:
                await client.ehlo()
            except aiosmtplib.SMTPHeloError as refused:
                if needs_extensions or refused.code < 500 or not client.is_connected:
                    raise
                await client.helo()  # RFC 5321 §3.2: a server without extensions

    async def _start_tls(self, client: aiosmtplib.SMTP) -> None:
        settings, dialogue = self._settings, self._expect_dialogue()
        async with self._stage(Stage.TLS, self._timeouts.tls):
            if not client.supports_extension("starttls"):
                raise SmtpFailure(
                    Stage.TLS,
                    FailureKind.TLS_NOT_OFFERED,
                    f"{settings.host} does not offer STARTTLS on port {settings.port}, so nothing "
                    "secret was sent. Choose SSL with port 465, or ask the provider.",
                )
            context = await asyncio.to_thread(context_for, settings)
            response = await client.starttls(
                tls_context=context, server_hostname=settings.host, timeout=2 * self._timeouts.tls
            )
            if response.code != 220:
                raise self._refused(Stage.TLS)
        client.transport = dialogue.transport
        self._verify_peer(dialogue)

    def _verify_peer(self, dialogue: Dialogue) -> None:
        """After the handshake, before the first byte over it."""
        transport = dialogue.transport
        ssl_object = transport.get_extra_info("ssl_object") if transport is not None else None
        if not isinstance(ssl_object, ssl.SSLObject | ssl.SSLSocket):
            raise explain.connection_lost(self._settings, Stage.TLS)
        try:
            verify_fingerprint(self._settings, ssl_object.getpeercert(binary_form=True))
        except SmtpFailure as failure:
            self._remark(failure.detail)
            raise
        how = "fingerprint" if self._settings.trusted_fingerprint else "chain and host name"
        self._remark(f"{ssl_object.version()}, certificate verified ({how})")

    async def _sign_in(self, client: aiosmtplib.SMTP) -> None:
        """AUTH PLAIN, or LOGIN where PLAIN is not there (RFC 4954, RFC 4616).

        A refused password is not tried again with the other mechanism: servers lock accounts.
        """
        settings, dialogue = self._settings, self._expect_dialogue()
        mechanisms = [m for m in ("plain", "login") if m in client.server_auth_methods]
        async with self._stage(Stage.AUTH, self._timeouts.command):
            self._check_password()
            if not mechanisms:
                offered = " ".join(client.server_auth_methods).upper() or "none"
                raise SmtpFailure(
                    Stage.AUTH,
                    FailureKind.AUTH_NOT_OFFERED,
                    f"{settings.host} offers no way to sign in that can be used here (AUTH PLAIN "
                    f"or LOGIN; it offers {offered}). Check the port or clear the user name.",
                )
            dialogue.redact_from_now_on()
            dialogue.hide_commands = True
            try:
                if mechanisms[0] == "plain":
                    try:
                        await client.auth_plain(settings.username, self._password())
                    except aiosmtplib.SMTPAuthenticationError as refused:
                        if refused.code not in _MECHANISM_UNKNOWN or "login" not in mechanisms:
                            raise
                    else:
                        return
                await client.auth_login(settings.username, self._password())
            finally:
                dialogue.hide_commands = False

    def _check_password(self) -> None:
        settings = self._settings
        if self._secret is None:
            raise SmtpFailure(
                Stage.CREDENTIALS,
                FailureKind.PASSWORD_MISSING,
                f"The password for {settings.username} at {settings.host} is needed; "
                "enter it in the provider's dialog.",
            )
        if "\0" in self._password() or "\0" in settings.username:  # RFC 4616 §2 separates with it
            raise SmtpFailure(
                Stage.CREDENTIALS,
                FailureKind.PASSWORD_UNUSABLE,
                "The user name or the password holds a NUL character, "
                "which no server can be given. Enter it again.",
            )

    def _password(self) -> str:
        """Never kept in a variable: a traceback may show those."""
        return self._secret.reveal() if self._secret is not None else ""

    # Inside ----------------------------------------------------------------------------------

    def _new_dialogue(self) -> Dialogue:
        self._dialogue = Dialogue(
            asyncio.get_running_loop(),
            self._transcript,
            Redactor(self._settings.username, self._secret),
        )
        return self._dialogue

    def _expect_dialogue(self) -> Dialogue:
        assert self._dialogue is not None  # noqa: S101 - set before the greeting
        return self._dialogue

    def _remark(self, text: str) -> None:
        if self._transcript is not None:
            self._transcript.remark(text)

    def _refused(self, stage: Stage) -> SmtpFailure:
        return refused(self._settings, stage, self._expect_dialogue())

    @asynccontextmanager
    async def _stage(self, stage: Stage, seconds: float) -> AsyncIterator[None]:
        """Report `stage`, hold its deadline and turn what breaks it into an SmtpFailure."""
        if self._on_stage is not None:
            self._on_stage(stage)
        try:
            async with asyncio.timeout(seconds):
                yield
        except _EXPECTED as error:
            failure = self._explain(stage, seconds, error)
            self._remark(failure.detail)
            # What the library's AUTH frames hold must not be shown with a traceback.
            raise failure from (None if stage is Stage.AUTH else error)

    def _explain(self, stage: Stage, seconds: float, error: Exception) -> SmtpFailure:
        match error:
            case SmtpFailure():
                return error
            case aiosmtplib.SMTPResponseException():
                return self._refused(stage)
            case MalformedReply():
                return explain.malformed(self._settings, stage, error)
            case ssl.SSLError():
                return tls_failure(self._settings, error)
            case TimeoutError():
                return explain.timed_out(self._settings, stage, seconds)
            case OSError():
                return explain.network(self._settings, stage, error)
            case _:
                raise error


def refused(settings: SmtpSettings, stage: Stage, dialogue: Dialogue) -> SmtpFailure:
    """The failure for the reply that was read last."""
    reply = dialogue.last_reply
    if reply is None:
        return explain.connection_lost(settings, stage)
    if reply.code < 400:
        return explain.unexpected(settings, stage, reply)
    reason = outcome_of_reply(stage, reply, settings.host).reason
    return SmtpFailure(stage, FailureKind.REFUSED, reason, reply)
