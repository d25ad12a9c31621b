"""An SMTP server that follows a script: for faults that no real server shows on demand.

    answers = {"RCPT": "450 4.2.1 later", "RCPT bob@example.org": "250 ok", "END": drop}
    with scripted_server(answers) as server: ...

Without answers it is a plain ESMTP server that accepts every message.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.servers.serving import serving

Action = Callable[["Peer"], Awaitable[None]]
Answers = Mapping[str, "str | Action | list[str | Action]"]

_EXTENSIONS = "250-SIZE 100000000\n250-8BITMIME\n250-SMTPUTF8\n250 AUTH PLAIN LOGIN"

PIPELINING = f"250-scripted\n250-PIPELINING\n{_EXTENSIONS}"
"""The answer to EHLO of a server that takes MAIL, RCPT and DATA in one write (RFC 2920)."""

POLITE: dict[str, str] = {
    "GREETING": "220 scripted ESMTP",
    "EHLO": f"250-scripted\n{_EXTENSIONS}",
    "HELO": "250 scripted",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "END": "250 2.0.0 taken",
    "RSET": "250 2.0.0 flushed",
    "QUIT": "221 2.0.0 bye",
    "STARTTLS": "454 4.7.0 no TLS here",
}


class Gone(Exception):
    """The connection ended, or the script ends it."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A message that was sent up to its final dot."""

    recipients: tuple[str, ...]  # those that were accepted
    content: bytes
    reply: str  # the server's reply after that, "" if there was none

    @property
    def accepted(self) -> bool:
        """Whether the server accepted the message."""
        return self.reply.startswith("2")


@dataclass(eq=False, repr=False)
class Peer:
    """One connection, as the script sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)  # of the present transaction
    granted: set[str] = field(default_factory=set)  # its commands that were not refused
    transfers: list[Transfer] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)  # every byte, commands and content
    encrypted: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def verbs(self) -> list[str]:
        """The first words of the commands."""
        return [command.split(" ")[0].upper() for command in self.commands]

    async def write(self, data: bytes) -> None:
        """Send bytes unchanged."""
        try:
            self.writer.write(data)
            await self.writer.drain()
            await asyncio.sleep(0)  # over TLS only this lets the loop notice a lost client
        except OSError as error:
            raise Gone from error
        if self.writer.is_closing():
            raise Gone

    async def say(self, reply: str) -> None:
        """Send a reply; line feeds in it become line ends."""
        await self.write(reply.replace("\n", "\r\n").encode() + b"\r\n")

    async def line(self) -> bytes:
        """Return the next line without its end."""
        try:
            line = await self.reader.readline()
        except OSError as error:
            raise Gone from error
        if not line.endswith(b"\n"):
            self.received += line
            raise Gone
        self.received += line
        return line.rstrip(b"\r\n")

    async def content(self) -> bytes:
        """Return a message up to the final dot, dots unstuffed (RFC 5321 §4.5.2)."""
        lines = []
        while (line := await self.line()) != b".":
            lines.append(line.removeprefix(b"."))
        return b"".join(line + b"\r\n" for line in lines)


async def drop(peer: Peer) -> None:
    """Close the connection without a reply."""
    raise Gone


async def reset(peer: Peer) -> None:
    """End the connection with RST."""
    peer.writer.transport.abort()
    raise Gone


async def hang(peer: Peer) -> None:
    """Send nothing until the client closes the connection."""
    while await peer.reader.read(65536):
        pass
    raise Gone


async def stall(peer: Peer) -> None:
    """Neither read nor write until the server is stopped."""
    await asyncio.get_running_loop().create_future()


async def garbage(peer: Peer) -> None:
    """Send a reply that is not SMTP."""
    await peer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n\xff\xfe\x00\r\n")


async def endless(peer: Peer) -> None:
    """Send a reply that never ends: continuation lines without limit."""
    while True:
        await peer.write(b"250-and another thing\r\n" * 1000)


async def endless_line(peer: Peer) -> None:
    """Send a reply line that never ends."""
    while True:
        await peer.write(b"2" * 65536)


def trickle(reply: str, seconds: float) -> Action:
    """Return an action that sends `reply` byte by byte, with a pause of `seconds` after each."""

    async def action(peer: Peer) -> None:
        for byte in (reply + "\r\n").encode():
            await peer.write(bytes([byte]))
            await asyncio.sleep(seconds)

    return action


def raw(data: bytes, *, then: Action | None = None) -> Action:
    """Return an action that sends bytes unchanged, and then runs `then`."""

    async def action(peer: Peer) -> None:
        await peer.write(data)
        if then is not None:
            await then(peer)

    return action


def start_tls(context: ssl.SSLContext, *, injected: bytes = b"") -> Action:
    """Return an action that accepts STARTTLS; an attacker's `injected` follows in plain text."""

    async def action(peer: Peer) -> None:
        await peer.write(b"220 2.0.0 go ahead\r\n" + injected)
        try:
            await peer.writer.start_tls(context)
        except (OSError, ssl.SSLError) as error:
            raise Gone from error
        peer.encrypted = True

    return action


@dataclass
class ScriptedServer:
    """A running server and its connections."""

    port: int
    peers: list[Peer] = field(default_factory=list)

    @property
    def last(self) -> Peer:
        """The newest connection."""
        return self.peers[-1]

    @property
    def messages(self) -> list[bytes]:
        """Every message that was sent up to its final dot."""
        return [message for peer in self.peers for message in peer.messages]

    @property
    def transfers(self) -> list[Transfer]:
        """These messages with their recipients and the server's replies."""
        return [transfer for peer in self.peers for transfer in peer.transfers]

    def wait_ended(self) -> Peer:
        """Wait until the newest connection has ended, and return it."""
        peer = self.last
        assert peer.ended.wait(60), "the client left the connection open"
        return peer


@contextmanager
def scripted_server(
    answers: Answers | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Iterator[ScriptedServer]:
    """Run a server that answers commands from `answers`, or else with success.

    Keys are verbs, GREETING and END (of a message); "RCPT ADDRESS" goes before "RCPT". The entries
    of a list are used one after another over all connections, the last one for ever. `tls` is
    implicit TLS.
    """
    table: dict[str, str | Action | list[str | Action]] = {**POLITE, **(answers or {})}
    server = ScriptedServer(0)

    def take(key: str) -> str | Action:
        answer = table.get(key, "500 5.5.1 what?")
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer

    def out_of_order(peer: Peer, verb: str) -> str:
        """Return the refusal of a command that is out of order, or "" if it is in order."""
        needed = {"RCPT": "MAIL", "DATA": "RCPT"}.get(verb)
        if (
            needed is None
            or needed in peer.granted
            or any(key.split(" ")[0] == verb for key in answers or {})
        ):
            return ""
        return f"503 5.5.1 {needed} first"

    async def give(peer: Peer, answer: str | Action) -> str:
        """Send a reply and return it, or run an action and return ""."""
        if isinstance(answer, str):
            await peer.say(answer)
            return answer
        await answer(peer)
        return ""

    async def take_content(peer: Peer) -> None:
        content = await peer.content()
        answer = take("END")
        reply = answer if isinstance(answer, str) else ""
        peer.messages.append(content)
        peer.transfers.append(Transfer(tuple(peer.recipients), content, reply))
        await give(peer, answer)

    async def obey(peer: Peer, command: str) -> None:
        verb = command.split(" ", maxsplit=1)[0].upper()
        recipient = command[len("RCPT TO:<") :].partition(">")[0] if verb == "RCPT" else ""
        key = f"RCPT {recipient}" if f"RCPT {recipient}" in table else verb
        if verb == "MAIL":
            peer.recipients.clear()
        if verb in {"MAIL", "RSET"}:
            peer.granted.clear()
        reply = await give(peer, out_of_order(peer, verb) or take(key))
        if not reply or reply.startswith("2"):
            peer.granted.add(verb)
        if verb == "RCPT" and reply.startswith("2"):
            peer.recipients.append(recipient)
        elif reply.startswith("354"):
            await take_content(peer)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer, encrypted=tls is not None)
        server.peers.append(peer)
        try:
            await give(peer, take("GREETING"))
            while True:
                command = (await peer.line()).decode("utf-8", "replace")
                peer.commands.append(command)
                await obey(peer, command)
                if command.upper() == "QUIT":
                    return
        except Gone:
            pass
        finally:
            writer.close()
            peer.ended.set()

    def factory() -> asyncio.StreamReaderProtocol:
        reader = asyncio.StreamReader(limit=1024 * 1024)
        return asyncio.StreamReaderProtocol(reader, converse)

    with serving(factory, host, tls, port) as server.port:
        yield server
