"""An asyncio server in a thread of its own, so that tests of any kind can talk to it."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast


@contextmanager
def serving(
    factory: Callable[[], asyncio.BaseProtocol],
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> Iterator[int]:
    """Listen on a free port of `host` until the block ends; gives the port.

    `factory` is called in the server's thread, inside its event loop. `tls` is implicit TLS.
    """
    started: list[int] = []
    connections: list[asyncio.WriteTransport] = []

    def accept() -> asyncio.BaseProtocol:
        protocol = factory()
        made = protocol.connection_made

        def connection_made(transport: asyncio.BaseTransport) -> None:
            connections.append(cast(asyncio.WriteTransport, transport))
            made(transport)

        protocol.connection_made = connection_made  # type: ignore[method-assign]
        return protocol

    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    transports: list[asyncio.Transport] = []

    def tracked() -> asyncio.BaseProtocol:
        """A connection whose transport can be cut at the end (before 3.13 a server knows none)."""
        protocol = factory()
        connection_made = protocol.connection_made

        def remember(transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            transports.append(transport)
            connection_made(transport)

        protocol.connection_made = remember  # type: ignore[method-assign]
        return protocol

    async def serve() -> None:
        server = await loop.create_server(tracked, host, 0, ssl=tls)
        started.append(server.sockets[0].getsockname()[1])
        ready.set()
        await stop.wait()
        server.close()
        await _turns()  # what is being accepted gets its protocol, so that it can be closed
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in transports:
            transport.abort()
        for _ in range(3):  # the transports are closed by callbacks of the next turns
            await asyncio.sleep(0)

    def run() -> None:
        # A client that breaks a handshake off is what is being tested, not an error to print.
        loop.set_exception_handler(lambda _loop, _context: None)
        try:
            loop.run_until_complete(serve())
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            ready.set()
            loop.close()

    thread = threading.Thread(target=run, name="test server")
    thread.start()
    ready.wait()
    try:
        (port,) = started
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
