"""Commands out, replies in: the bytes of one connection.

Replies are paired with commands in order, so that commands may be pipelined (RFC 2920), and
anything nobody asked for breaks the connection instead of being taken for an answer.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import deque
from typing import cast

from mailadmin.domain.outcome import Reply
from mailadmin.drivers.smtp.deadline import Deadline
from mailadmin.drivers.smtp.failure import Disconnected, MalformedReply, SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.reply_reader import ReplyReader
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.drivers.transcript import HIDDEN, Redactor, Transcript

_BUFFER = 8 * 1024  # bytes received at once; asyncio's own 256 KiB are mapped anew for each read
_CLOSING = 421  # the one reply a server may send unasked (RFC 5321 §3.8)
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class Dialogue(asyncio.BufferedProtocol):
    """The protocol of one connection, from the greeting to its end. One task at a time waits.

    What it raises when a reply can't be had: Disconnected, MalformedReply, and
    TimeoutError where seconds are given. Replies that came before that are given first.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transcript: Transcript | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self.transport: asyncio.WriteTransport | None = None
        self.last_reply: Reply | None = None
        self.closed = asyncio.Event()
        self._loop = loop
        self._transcript = transcript
        self._reader = ReplyReader(self._take_reply, transcript, redactor or Redactor())
        self._space = memoryview(bytearray(_BUFFER))
        self._owed = 1  # replies still to come; the first is the greeting
        self._replies: deque[Reply] = deque()  # those that came and were not taken yet
        self._farewell: Reply | None = None
        self._broken: MalformedReply | None = None
        self._has_room = True  # the transport takes more bytes
        self._waiter: asyncio.Future[None] | None = None
        self._wants_room = False  # the waiter waits for that too
        self._deadline = Deadline(loop, self._time_is_up)

    # What the session uses -------------------------------------------------------------------

    @property
    def is_usable(self) -> bool:
        """Connected, in step, and not told to leave."""
        return (
            self._is_open
            and not self._owed
            and not self._replies
            and self._reader.is_between_replies
        )

    def tell(self, data: bytes, replies: int) -> None:
        """Send whole commands that `replies` replies will answer.

        On a connection that has ended nothing is sent; `take` and `reply` say why.
        """
        if self._is_open:
            if self._transcript is not None:
                for line in data.removesuffix(b"\r\n").split(b"\r\n"):
                    self._transcript.sent(line.decode("utf-8", "backslashreplace"))
            self._send(data, replies)

    def tell_secret(self, line: bytes) -> None:
        """Send one line of a sign-in, of which nothing but "AUTH MECHANISM" is shown."""
        if self._is_open:
            if self._transcript is not None:
                self._transcript.sent(_without_response(line))
            self._send(line, 1)

    def expect(self) -> None:
        """One more reply will come, to what is going to be sent with `write`."""
        if self._is_open:
            self._owed += 1

    def write(self, data: bytes | memoryview) -> None:
        """Send bytes of a message, which nobody answers for themselves."""
        if self._broken is not None:
            raise self._broken
        if self.transport is None or self.transport.is_closing():
            raise Disconnected
        self.transport.write(data)

    def take(self) -> Reply | None:
        """The next reply, None if it has not come yet."""
        if self._replies:
            return self._replies.popleft()
        if self._broken is not None:
            raise self._broken
        if self._farewell is not None:
            return self._farewell
        if self.transport is None:
            raise Disconnected
        return None

    async def reply(self, seconds: float | None = None) -> Reply:
        """The next reply; it has `seconds` to come as a whole."""
        if (reply := self.take()) is None:
            await self._wake_up(seconds)
            reply = self.take()
        assert reply is not None  # noqa: S101 - nothing else ends the waiting
        return reply

    async def command(self, *parts: bytes, seconds: float | None = None) -> Reply:
        """Send one command and wait for its reply.

        A part with a control character raises ValueError and nothing is sent.
        """
        if any(_CONTROL.search(part) for part in parts):
            raise ValueError("a command can't hold control characters")
        self.tell(b" ".join(parts) + b"\r\n", 1)
        return await self.reply(seconds)

    async def room(self, seconds: float) -> None:
        """Wait until the transport takes more bytes, or something else has come."""
        if self._has_room or self._replies:
            return
        self._wants_room = True
        try:
            await self._wake_up(seconds)
        finally:
            self._wants_room = False

    def abort(self) -> None:
        """Drop the connection now. What was written and not yet sent is discarded."""
        if self.transport is not None:
            self.transport.abort()

    def redact_from_now_on(self) -> None:
        """The server is about to learn the secret and may repeat it."""
        self._reader.redact_from_now_on()

    async def start_tls(
        self, context: ssl.SSLContext, hostname: str, handshake_seconds: float
    ) -> Reply:
        """STARTTLS and, if its reply is 220, the handshake (RFC 3207). `hostname` is ASCII.

        A byte between the 220 and the handshake was not protected by it and may come from somebody
        in between: the connection is refused, not just cleaned.
        """
        reply = await self.command(b"STARTTLS")
        if reply.code != 220:
            return reply
        if self._broken is not None or self._farewell is not None or self._has_more:
            self.abort()
            raise SmtpFailure(
                Stage.TLS,
                FailureKind.TLS_INJECTED,
                "The server, or somebody between, sent unprotected text after STARTTLS; "
                "the connection was dropped before anything secret was sent.",
            )
        transport = self.transport
        if transport is None or transport.is_closing():
            raise Disconnected
        self.transport = await self._loop.start_tls(
            transport,
            self,
            context,
            server_hostname=hostname,
            ssl_handshake_timeout=handshake_seconds,
        )
        return reply

    # What the transport calls ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint
        return self._space

    def buffer_updated(self, nbytes: int) -> None:
        if self._broken is not None:
            return
        try:
            self._reader.feed(bytes(self._space[:nbytes]))
        except MalformedReply as malformed:
            self._broken = malformed
            self._reader.clear()
            self._wake()
            self.abort()

    def eof_received(self) -> bool:
        return False  # close: a server that can't answer any more is of no use

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.transport = None
        self._deadline.close()
        self._wake()
        self.closed.set()

    def pause_writing(self) -> None:
        self._has_room = False

    def resume_writing(self) -> None:
        self._has_room = True
        if self._wants_room:
            self._wake()

    # Inside ----------------------------------------------------------------------------------

    @property
    def _is_open(self) -> bool:
        """Whether something may be sent."""
        return (
            self._broken is None
            and self._farewell is None
            and self.transport is not None
            and not self.transport.is_closing()
        )

    @property
    def _has_more(self) -> bool:
        return bool(self._replies) or not self._reader.is_between_replies

    def _send(self, data: bytes, replies: int) -> None:
        self._owed += replies
        self.transport.write(data)  # type: ignore[union-attr]

    def _take_reply(self, reply: Reply) -> None:
        if self._owed:
            self._owed -= 1
            self.last_reply = reply
            self._replies.append(reply)
            self._wake()
        elif reply.code == _CLOSING:
            self._farewell = reply
        else:
            raise MalformedReply("a reply that nobody asked for")

    def _wake_up(self, seconds: float | None) -> asyncio.Future[None]:
        """A future that ends when something has come, with TimeoutError after `seconds`."""
        self._waiter = waiter = self._loop.create_future()
        if seconds is not None:
            self._deadline.start(seconds)
        return waiter

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            self._deadline.stop()
            if not waiter.done():  # done: it was cancelled
                waiter.set_result(None)

    def _time_is_up(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(TimeoutError())


def _without_response(line: bytes) -> str:
    """A line of a sign-in as the transcript may have it."""
    words = line.decode("ascii", "backslashreplace").split()
    if words[0] != "AUTH":
        return HIDDEN
    return " ".join([*words[:2], *(HIDDEN for _ in words[2:])])
