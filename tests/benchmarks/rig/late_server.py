"""An SMTP server in a process of its own that answers late, as a server far away does.

Every reply leaves `delay` seconds after its command came: commands that came together (RFC 2920)
are answered together, so that what counts is round trips.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection

from tests.benchmarks.rig.limits import PATIENCE

_REPLIES = {b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}
_END = b"\r\n.\r\n"


class _Session(asyncio.Protocol):
    def __init__(self, delay: float, pipelining: bool) -> None:
        self._delay = delay
        self._hello = b"250-late\r\n250 PIPELINING\r\n" if pipelining else b"250 late\r\n"
        self._in_data = False
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._answer(b"220 late ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._take():
            pass

    def _take(self) -> bool:
        """Take one command or one message out of what came; False if it is not complete."""
        end = _END if self._in_data else b"\r\n"
        taken, separator, rest = self._buffer.partition(end)
        if not separator:
            return False
        self._buffer = rest
        if self._in_data:
            self._in_data = False
            self._answer(b"250 taken\r\n")
        else:
            verb = taken[:4].upper()
            self._in_data = verb == b"DATA"
            self._answer(self._hello if verb == b"EHLO" else _REPLIES.get(verb, b"250 ok\r\n"))
        return True

    def _answer(self, reply: bytes) -> None:
        asyncio.get_running_loop().call_later(self._delay, self._transport.write, reply)


def _serve(pipe: Connection, delay: float, pipelining: bool) -> None:
    async def run() -> None:
        session = partial(_Session, delay, pipelining)
        server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def late_server(delay: float, *, pipelining: bool) -> Iterator[int]:
    """The server; gives its port."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(theirs, delay, pipelining), daemon=True)
    server.start()
    try:
        if not ours.poll(PATIENCE):
            sys.exit("The late server did not start.")
        yield int(ours.recv())
    finally:
        server.kill()
        server.join()
