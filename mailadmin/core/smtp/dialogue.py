"""Commands out, replies in: the bytes of one connection.

`Dialogue` takes the place of aiosmtplib's own protocol under `aiosmtplib.SMTP`, which goes on to
do EHLO, STARTTLS and AUTH on top of it. Its own protocol holds one reply at a time, drops what
arrives beside it and lets a left-over line answer the next command. Here every command has its own
future, replies are paired in order (so commands may be pipelined, RFC 2920), and anything nobody
asked for breaks the connection instead of being taken for an answer.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import deque
from typing import cast

from aiosmtplib import SMTPResponse, SMTPServerDisconnected
from aiosmtplib.protocol import SMTPProtocol

from mailadmin.core.domain import Reply, Stage
from mailadmin.core.policy import FailureKind, reply_from_lines
from mailadmin.core.smtp.failure import MalformedReply, SmtpFailure
from mailadmin.core.smtp.transcript import HIDDEN, Redactor, Transcript

REPLY_LIMIT = 64 * 1024
"""Bytes of one whole reply, all its lines together. A longer one ends the connection."""

_CLOSING = 421  # the one reply a server may send unasked (RFC 5321 §3.8)
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class Dialogue(SMTPProtocol):
    """The protocol of one connection, from the greeting to its end."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transcript: Transcript | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        super().__init__(loop=loop)
        self.greeting: asyncio.Future[Reply] = loop.create_future()
        self.last_reply: Reply | None = None
        self.hide_commands = False  # set while AUTH runs: what is sent then is secret
        self.redact_replies = False  # set once AUTH began: from then on the server knows the secret
        self.closed = asyncio.Event()
        self._transcript = transcript
        self._redact = redactor or Redactor()
        self._awaited: deque[asyncio.Future[Reply]] = deque([self.greeting])
        self._received = bytearray()
        self._lines: list[str] = []
        self._reply_size = 0
        self._farewell: Reply | None = None
        self._broken: Exception | None = None
        self._room = asyncio.Event()  # the transport takes more bytes
        self._room.set()

    # What the session uses -------------------------------------------------------------------

    @property
    def is_usable(self) -> bool:
        """Connected, in step, and not told to leave."""
        return (
            self.is_connected
            and self._broken is None
            and self._farewell is None
            and not self._awaited
            and not self._lines
            and not self._received
        )

    def send(self, *parts: bytes) -> asyncio.Future[Reply]:
        """Send one command and return the future of its reply, which need not be awaited at once.

        The future raises SMTPServerDisconnected or MalformedReply. A part with a control character
        raises ValueError and nothing is sent.
        """
        if any(_CONTROL.search(part) for part in parts):
            raise ValueError("a command can't hold control characters")
        line = b" ".join(parts)
        reply = self.expect()
        if not reply.done():
            self._record_command(line)
            cast(asyncio.WriteTransport, self.transport).write(line + b"\r\n")
        return reply

    def expect(self) -> asyncio.Future[Reply]:
        """The future of the next reply that has no owner yet."""
        reply: asyncio.Future[Reply] = self._loop.create_future()
        if self._broken is not None:
            _fail(reply, self._broken)
        elif self._farewell is not None:
            reply.set_result(self._farewell)
        elif not self.is_connected:
            _fail(reply, SMTPServerDisconnected("Connection lost"))
        else:
            self._awaited.append(reply)
        return reply

    def abort(self) -> None:
        """Drop the connection now. What was written and not yet sent is discarded."""
        if self.transport is not None:
            cast(asyncio.WriteTransport, self.transport).abort()

    async def room(self) -> None:
        """Wait until the transport takes more bytes or is gone."""
        await self._room.wait()

    @property
    def has_room(self) -> bool:
        """Whether more bytes can be written without piling up in memory."""
        return self._room.is_set()

    # What aiosmtplib.SMTP uses ---------------------------------------------------------------

    async def execute_command(
        self,
        *args: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of the library
    ) -> SMTPResponse:
        """Send one command and wait for its reply; the caller sets the deadline."""
        del timeout  # a deadline for the whole stage is set around this call
        reply = await self.send(*args)
        text = "\n".join(line[4:] for line in reply.text.split("\n"))
        return SMTPResponse(reply.code, text)

    async def start_tls(
        self,
        tls_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of the library
    ) -> SMTPResponse:
        """STARTTLS and the handshake (RFC 3207).

        A byte between the 220 and the handshake was not protected by it and may come from somebody
        in between: the connection is refused, not just cleaned.
        """
        response = await self.execute_command(b"STARTTLS")
        if response.code != 220:
            return response
        if self._received or self._lines or self._broken is not None or self._farewell is not None:
            self.abort()
            raise SmtpFailure(
                Stage.TLS,
                FailureKind.TLS_INJECTED,
                "The server, or somebody between, sent unprotected text after STARTTLS; "
                "the connection was dropped before anything secret was sent.",
            )
        transport = self.transport
        if transport is None or transport.is_closing():
            raise SMTPServerDisconnected("Connection lost")
        self.transport = await self._loop.start_tls(
            cast(asyncio.WriteTransport, transport),
            self,
            tls_context,
            server_hostname=server_hostname,
            ssl_handshake_timeout=timeout,
        )
        return response

    # What the transport calls ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self._broken is not None:
            return
        self._received += data
        start = 0
        try:
            while (end := self._received.find(b"\n", start)) >= 0:
                self._take_line(bytes(self._received[start:end]))
                start = end + 1
            if self._reply_size + len(self._received) - start > REPLY_LIMIT:
                raise MalformedReply(f"a reply of more than {REPLY_LIMIT // 1024} KiB")
        except MalformedReply as malformed:
            self._break_off(malformed)
        else:
            del self._received[:start]

    def eof_received(self) -> bool:
        return False  # close: a server that can't answer any more is of no use

    def connection_lost(self, exc: Exception | None) -> None:
        lost = SMTPServerDisconnected("Connection lost")
        lost.__cause__ = exc
        self.transport = None
        self._fail_awaited(lost)
        self._room.set()
        self.closed.set()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    # Inside ----------------------------------------------------------------------------------

    def _take_line(self, raw: bytes) -> None:
        self._reply_size += len(raw) + 1
        if self._reply_size > REPLY_LIMIT:
            raise MalformedReply(f"a reply of more than {REPLY_LIMIT // 1024} KiB")
        # Bytes that are not UTF-8, and NUL, are shown as escapes: they can't be stored as text.
        line = raw.removesuffix(b"\r").decode("utf-8", "backslashreplace").replace("\0", "\\x00")
        if self.redact_replies:
            line = line[:4] + self._redact(line[4:])
        if self._transcript is not None:
            self._transcript.received(line)
        if line[3:4] not in {"", " ", "-"}:
            raise MalformedReply("a line that is no SMTP reply")
        self._lines.append(line)
        if line[3:4] == "-":
            return
        try:
            reply = reply_from_lines(self._lines)
        except ValueError as error:
            raise MalformedReply(str(error)) from None
        self._lines = []
        self._reply_size = 0
        self._take_reply(reply)

    def _take_reply(self, reply: Reply) -> None:
        if self._awaited:
            self.last_reply = reply
            awaited = self._awaited.popleft()
            if not awaited.done():  # done: its waiter was cancelled
                awaited.set_result(reply)
        elif reply.code == _CLOSING:
            self._farewell = reply
        else:
            raise MalformedReply("a reply that nobody asked for")

    def _break_off(self, error: MalformedReply) -> None:
        self._broken = error
        self._received.clear()
        self._lines = []
        self._fail_awaited(error)
        self.abort()

    def _fail_awaited(self, error: Exception) -> None:
        while self._awaited:
            awaited = self._awaited.popleft()
            if not awaited.done():
                _fail(awaited, error)

    def _record_command(self, line: bytes) -> None:
        if self._transcript is None:
            return
        if self.hide_commands:
            verb, *rest = line.split(b" ", 2)
            shown = b" ".join([verb, *rest[:1]]).decode("ascii", "backslashreplace")
            is_command = verb == b"AUTH"
            self._transcript.sent(f"{shown} {HIDDEN}" if is_command else HIDDEN)
        else:
            self._transcript.sent(line.decode("utf-8", "backslashreplace"))


def _fail(future: asyncio.Future[Reply], error: Exception) -> None:
    """Set `error` and mark it as seen: nobody may be waiting, which is no fault to log."""
    future.set_exception(error)
    future.exception()
