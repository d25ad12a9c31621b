"""A mail server as a process of its own, that notes each message before it says 250.

What it noted outlives every client: it is what the world has really received.

    with recording_server(folder) as server: ...    # server.port, server.accepted()

As a program it needs the file to write into; it prints its port and ends when its input does.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ADDRESS = re.compile(rb"<([^>]*)>")
_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_OFFERS = ["SIZE 100000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message the server took responsibility for."""

    recipients: tuple[str, ...]
    message_id: str
    sha256: str  # of the content, dots unstuffed


@dataclass
class RecordingServer:
    """A running server, seen by the test."""

    port: int
    record: Path

    def accepted(self, since: int = 0) -> list[Accepted]:
        """Every message that was accepted, from the byte `since` of the record on."""
        with self.record.open("rb") as file:
            file.seek(since)
            notes = [json.loads(line) for line in file]
        return [Accepted(tuple(n["recipients"]), n["message_id"], n["sha256"]) for n in notes]

    def mark(self) -> int:
        """Where the record ends now: for `accepted(since)`."""
        return self.record.stat().st_size

    def settle(self) -> None:
        """Wait until all that its clients have sent is taken in and their connections are over.

        A client that was killed has left bytes on the way that may still complete a message.
        """
        self._control("XSETTLE")

    def delay(self, seconds: float) -> None:
        """Answer every command so much later from now on."""
        self._control(f"XDELAY {seconds}")

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Accept and note messages, but keep the answers back until the end of the block."""
        self._control("XHOLD")
        try:
            yield
        finally:
            self._control("XLETGO")

    def wait_accepted(self, number: int, since: int = 0) -> None:
        """Wait until so many messages are noted."""
        self._control(f"XWAIT {number} {since}")

    def _control(self, command: str) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as control:
            control.sendall(f"{command}\r\n".encode())
            lines = control.makefile("rb")
            assert lines.readline().startswith(b"220")
            reply = lines.readline()
            assert reply.startswith(b"250"), reply


@contextmanager
def recording_server(folder: Path, *, pipelining: bool = True) -> Iterator[RecordingServer]:
    """Run a server that notes into a file of `folder`."""
    record = folder / f"accepted-{'pipelined' if pipelining else 'plain'}.jsonl"
    record.touch()
    command = [sys.executable, "-m", "tests.faults.recording_server", str(record)]
    with subprocess.Popen(
        [*command, *(["--pipelining"] if pipelining else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield RecordingServer(int(process.stdout.readline()), record)
        finally:
            process.stdin.close()
            process.wait(60)


class _Server:
    """The server's side."""

    def __init__(self, record: Path, pipelining: bool) -> None:
        self._record = record
        self._file = record.open("ab", buffering=0)
        offers = ["PIPELINING", *_OFFERS] if pipelining else _OFFERS
        lines = ["recorder", *offers]
        ends = ["-"] * (len(lines) - 1) + [" "]
        self._ehlo = "\r\n".join(
            f"250{end}{line}" for end, line in zip(ends, lines, strict=True)
        ).encode()
        self._delay = 0.0
        self._clients: set[asyncio.Task[None]] = set()
        self._go = asyncio.Event()
        self._go.set()
        self._noted = asyncio.Condition()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            await self._session(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client is gone
        finally:
            self._clients.discard(task)
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(reply: bytes) -> None:
            if self._delay:
                await asyncio.sleep(self._delay)
            writer.write(reply + b"\r\n")
            await writer.drain()

        recipients: list[str] = []
        await say(b"220 recorder ESMTP")
        while (line := await reader.readline()).endswith(b"\n"):
            verb, _, rest = line.rstrip(b"\r\n").partition(b" ")
            match verb.upper():
                case b"EHLO":
                    await say(self._ehlo)
                case b"MAIL" | b"RSET":
                    recipients.clear()
                    await say(b"250 2.0.0 ok")
                case b"RCPT":
                    address = _ADDRESS.search(rest)
                    assert address is not None
                    recipients.append(address[1].decode())
                    await say(b"250 2.1.5 ok")
                case b"DATA" if recipients:
                    await say(b"354 go on")
                    await self._take(recipients, await _content(reader))
                    await say(b"250 2.0.0 taken")
                case b"DATA":
                    await say(b"503 5.5.1 no recipients")
                case b"QUIT":
                    await say(b"221 2.0.0 bye")
                    return
                case control if control.startswith(b"X"):
                    await self._obey(control, rest.split())
                    await say(b"250 done")
                    return
                case _:
                    await say(b"500 5.5.1 what?")

    async def _take(self, recipients: list[str], content: bytes) -> None:
        found = _MESSAGE_ID.search(content)
        note = {
            "recipients": recipients,
            "message_id": "" if found is None else found[1].decode(),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        self._file.write(json.dumps(note).encode() + b"\n")
        async with self._noted:
            self._noted.notify_all()
        await self._go.wait()

    async def _obey(self, command: bytes, words: list[bytes]) -> None:
        match command:
            case b"XSETTLE":
                others = self._clients - {asyncio.current_task()}
                await asyncio.gather(*others, return_exceptions=True)
            case b"XDELAY":
                self._delay = float(words[0])
            case b"XHOLD":
                self._go.clear()
            case b"XLETGO":
                self._go.set()
            case b"XWAIT":
                number, since = map(int, words)
                async with self._noted:
                    await self._noted.wait_for(lambda: self._count(since) >= number)

    def _count(self, since: int) -> int:
        return self._record.read_bytes()[since:].count(b"\n")


async def _content(reader: asyncio.StreamReader) -> bytes:
    """A message up to the final dot, dots unstuffed (RFC 5321 §4.5.2)."""
    lines = []
    while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
        lines.append(line.removeprefix(b"."))
    return b"".join(lines)


async def _serve(record: Path, pipelining: bool) -> None:
    kept = _Server(record, pipelining)
    server = await asyncio.start_server(kept.converse, "127.0.0.1", 0, limit=1024 * 1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("record", type=Path)
    parser.add_argument("--pipelining", action="store_true")
    options = parser.parse_args()
    asyncio.run(_serve(options.record, options.pipelining))


if __name__ == "__main__":
    main()
