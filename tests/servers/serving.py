"""Runs an asyncio server in a thread of its own, for tests of any kind."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast


@contextmanager
def serving(
    factory: Callable[[], asyncio.BaseProtocol],
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
    port: int = 0,
) -> Iterator[int]:
    """Listen on `port` of `host`, 0 for a free one, until the block ends; yield the port.

    `factory` is called in the server's thread, inside its event loop. `tls` is implicit TLS.
    """
    started: list[int] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        server = await loop.create_server(factory, host, port, ssl=tls)
        started.append(server.sockets[0].getsockname()[1])
        ready.set()
        await stop.wait()
        # Accept no more, but give accepted connections their transports while the server is open:
        # afterwards asyncio would lose their sockets.
        for listener in server.sockets:
            with suppress(NotImplementedError):  # Windows
                loop.remove_reader(listener.fileno())
        await _turns()
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _abort_connections(loop)
        await _turns()  # the transports close their sockets in the turn after they are told to

    def run() -> None:
        # A client that aborts a handshake is part of a test, not an error to print.
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
        (chosen,) = started
        yield chosen
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def _abort_connections(loop: asyncio.AbstractEventLoop) -> None:
    """Abort the open connections, unfinished handshakes included.

    `Server.abort_clients` does it from Python 3.13 on; before, only the loop knows them all.
    """
    known = cast(dict[int, Any], getattr(loop, "_transports", {}))
    for transport in list(known.values()):
        transport.abort()


async def _turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
