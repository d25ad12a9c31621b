"""Messages per second from the queue to a loopback sink, against the SMTP library alone.

    python -m tests.benchmarks.drain [MESSAGES]

The sink is a process of its own. The floor is aiosmtplib in one event loop over as many
connections as the provider has, without a queue, a database or a log. Both run in turns, the
queue with `synchronous=FULL`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import aiosmtplib

from mailadmin.core.credentials import MemoryCredentials
from mailadmin.core.delivery.deliverer import Deliverer
from mailadmin.core.domain import Encryption, NewMessage, Provider
from mailadmin.store import Store

_CONNECTIONS = 4
_ROUNDS = 3
_CONTENT = b"Subject: Benchmark\r\n\r\n" + b"x" * 76 * 53 + b"\r\n"  # 4 KB


class _Sink(asyncio.Protocol):
    """Answers what these clients send and keeps nothing."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._in_data = False
        self._buffer = b""
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            if self._in_data:
                end = self._buffer.find(b"\r\n.\r\n")
                if end < 0:
                    return
                self._buffer = self._buffer[end + 5 :]
                self._in_data = False
                self._transport.write(b"250 taken\r\n")
                continue
            line, separator, rest = self._buffer.partition(b"\r\n")
            if not separator:
                return
            self._buffer = rest
            verb = line[:4].upper()
            self._in_data = verb == b"DATA"
            reply = {b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n")
            self._transport.write(reply)


def _serve(pipe: Connection) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def _floor(port: int, messages: int) -> None:
    left = iter(range(messages))

    async def worker() -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
        await client.connect()
        for _ in left:
            await client.mail("a@example.org")
            await client.rcpt("b@example.org")
            await client.data(_CONTENT)
        await client.quit()

    await asyncio.gather(*(worker() for _ in range(_CONNECTIONS)))


def _drain(port: int, messages: int, folder: Path) -> float:
    store = Store.open(folder / f"{time.monotonic_ns()}.db")
    store.providers.add(
        Provider(
            "Sink",
            "127.0.0.1",
            port,
            "a@example.org",
            encryption=Encryption.NONE,
            max_connections=_CONNECTIONS,
        )
    )
    message = NewMessage(_CONTENT, ("b@example.org",), "Benchmark", "<1@example.org>")
    store.outbox.enqueue([message] * messages)
    began = time.perf_counter()
    Deliverer(store, MemoryCredentials()).run(until_empty=True)
    seconds = time.perf_counter() - began
    assert store.outbox.count() == 0
    assert store.journal.count() == messages
    store.close()
    return seconds


def main(messages: int) -> None:
    """Print medians and their ratio."""
    ours, theirs = multiprocessing.Pipe()
    sink = multiprocessing.Process(target=_serve, args=(theirs,), daemon=True)
    sink.start()
    port = ours.recv()
    floor: list[float] = []
    drain: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        for _ in range(_ROUNDS):
            began = time.perf_counter()
            asyncio.run(_floor(port, messages))
            floor.append(messages / (time.perf_counter() - began))
            drain.append(messages / _drain(port, messages, Path(name)))
    sink.terminate()
    sink.join()
    library, queue = statistics.median(floor), statistics.median(drain)
    print(f"{messages} messages of 4 KB, {_CONNECTIONS} connections, median of {_ROUNDS}")
    print(f"aiosmtplib alone:         {library:,.0f} messages/s")
    print(f"durable queue to success: {queue:,.0f} messages/s, {queue / library:.0%} of it")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
