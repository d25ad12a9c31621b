"""Opening a connection, stage by stage: DNS, TCP, greeting, TLS, AUTH.

The order, the deadlines, what is refused and what a failure is called are decided here.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from mailadmin.domain.domain_names import NotADomainName
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp import explain
from mailadmin.drivers.smtp.classification import outcome_of_reply
from mailadmin.drivers.smtp.connecting import (
    Address,
    client_name,
    connect,
    host_to_ascii,
    peer_name,
    resolve,
)
from mailadmin.drivers.smtp.dialogue import Dialogue
from mailadmin.drivers.smtp.failure import MalformedReply, SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.mechanisms import MECHANISMS
from mailadmin.drivers.smtp.offers import extensions_of
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.signing_in import NotSignedIn, UnexpectedChallenge, sign_in
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.drivers.smtp.timeouts import Timeouts
from mailadmin.drivers.smtp.tls import context_for, tls_failure, verify_fingerprint
from mailadmin.drivers.transcript import Redactor, Revealable, Transcript

_LONGEST_SECRET = 9000  # bytes; as base64 a line of 12288, which servers take (RFC 4954 §4)
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # RFC 4616 §2 separates with NUL

# What a server or the network can cause; anything else is a bug and passes.
_EXPECTED = (
    SmtpFailure,
    NotADomainName,
    NotSignedIn,
    UnexpectedChallenge,
    MalformedReply,
    OSError,
)


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
        self._host = ""  # the provider's, in ASCII
        self._extensions: dict[str, str] = {}

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
            self._host = host_to_ascii(settings.host)
            addresses = await resolve(self._host, settings.port)
        self._check_loopback(addresses)
        async with self._stage(Stage.CONNECT, times.connect):
            sock = await connect(addresses)
        self._remark(f"Connected to {settings.host} at {peer_name(sock)}")
        if settings.encryption is Encryption.SSL:
            dialogue = await self._adopt_with_tls(sock)
        else:
            dialogue = await self._adopt(sock)
        async with self._stage(Stage.GREETING, times.greeting):
            greeting = await dialogue.reply()
            if greeting.code != 220:
                raise self._refused(Stage.GREETING)
        name = client_name(sock)
        await self._say_hello(dialogue, name)
        if settings.encryption is Encryption.TLS:
            await self._start_tls(dialogue)
            await self._say_hello(dialogue, name)  # what was said in the clear counts no more
        if settings.username:
            await self._sign_in(dialogue)
        return Connection(dialogue, self._extensions)

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
                    server_hostname=self._host,
                    ssl_handshake_timeout=2 * self._timeouts.tls,  # ours comes first
                )
        except BaseException:
            sock.close()
            raise
        self._verify_peer(dialogue)
        return dialogue

    async def _say_hello(self, dialogue: Dialogue, name: str) -> None:
        needs_extensions = self._settings.encryption is Encryption.TLS or self._settings.username
        async with self._stage(Stage.GREETING, self._timeouts.command):
            reply = await dialogue.command(b"EHLO", name.encode())
            if reply.code >= 500 and not needs_extensions and dialogue.is_usable:
                # RFC 5321 §3.2: a server without extensions
                reply = await dialogue.command(b"HELO", name.encode())
                self._extensions = {}
            else:
                self._extensions = extensions_of(reply)
            if reply.code != 250:
                raise self._refused(Stage.GREETING)

    async def _start_tls(self, dialogue: Dialogue) -> None:
        settings = self._settings
        async with self._stage(Stage.TLS, self._timeouts.tls):
            if "starttls" not in self._extensions:
                raise SmtpFailure(
                    Stage.TLS,
                    FailureKind.TLS_NOT_OFFERED,
                    f"{settings.host} does not offer STARTTLS on port {settings.port}, so nothing "
                    "secret was sent. Choose SSL with port 465, or ask the provider.",
                )
            context = await asyncio.to_thread(context_for, settings)
            reply = await dialogue.start_tls(
                context,
                self._host,
                2 * self._timeouts.tls,  # ours comes first
            )
            if reply.code != 220:
                raise self._refused(Stage.TLS)
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

    async def _sign_in(self, dialogue: Dialogue) -> None:
        settings, secret = self._settings, self._secret
        offered = list(dict.fromkeys(self._extensions.get("auth", "").upper().split()))
        async with self._stage(Stage.AUTH, self._timeouts.command):
            if secret is None:
                raise SmtpFailure(
                    Stage.CREDENTIALS,
                    FailureKind.PASSWORD_MISSING,
                    f"The password for {settings.username} at {settings.host} is needed; "
                    "enter it in the provider's dialog.",
                )
            self._check_password(secret)
            usable = [
                partial(make, settings.username, secret)
                for name, make in MECHANISMS.items()
                if name in offered
            ]
            if not usable:
                raise SmtpFailure(
                    Stage.AUTH,
                    FailureKind.AUTH_NOT_OFFERED,
                    f"{settings.host} offers no way to sign in that can be used here (AUTH "
                    f"{' or '.join(MECHANISMS)}; it offers {' '.join(offered) or 'none'}). "
                    "Check the port or clear the user name.",
                )
            await sign_in(dialogue, usable)

    def _check_password(self, secret: Revealable) -> None:
        """Raise SmtpFailure if no server can be given it. In no variable: tracebacks show those."""
        username = self._settings.username
        if _UNSENDABLE.search(username) or _UNSENDABLE.search(secret.reveal()):
            what = "holds a NUL or another character that no server can be given"
        elif len(username.encode()) + len(secret.reveal().encode()) > _LONGEST_SECRET:
            what = f"is longer than servers take, {_LONGEST_SECRET} bytes together"
        else:
            return
        raise SmtpFailure(
            Stage.CREDENTIALS,
            FailureKind.PASSWORD_UNUSABLE,
            f"The user name or the password {what}. Enter it again.",
        )

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
            raise failure from (None if stage is Stage.AUTH else error)

    def _explain(self, stage: Stage, seconds: float, error: Exception) -> SmtpFailure:
        match error:
            case SmtpFailure():
                return error
            case NotADomainName():
                detail = error.about(self._settings.host)
                return SmtpFailure(stage, FailureKind.NAME_NOT_FOUND, detail)
            case NotSignedIn():
                return self._refused(stage)
            case UnexpectedChallenge():
                return explain.unexpected(self._settings, stage, error.challenge)
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
