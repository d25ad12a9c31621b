"""From a host name to a TCP connection: name look-up and connecting, each a stage of its own."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

_NEXT_ADDRESS_AFTER = 0.3
"""Seconds until the next address is tried beside a slow one (RFC 8305 §5 recommends 0.25)."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a host."""

    family: socket.AddressFamily
    sockaddr: tuple[str, int] | tuple[str, int, int, int]

    @property
    def is_loopback(self) -> bool:
        """Whether it never leaves this computer."""
        address = ipaddress.ip_address(self.sockaddr[0].partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return address.is_loopback or bool(mapped is not None and mapped.is_loopback)

    def __str__(self) -> str:
        return _host_and_port(self.sockaddr[0], self.sockaddr[1])


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of `host`, the families taking turns; raises OSError (socket.gaierror).

    The look-up runs in a daemon thread of its own: the system's resolver can't be interrupted, and
    one from the loop's pool would hold up the end of the program until the resolver gives up.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Address]] = loop.create_future()

    def deliver(result: list[Address] | None, error: OSError | None) -> None:
        if found.done():  # nobody waits any more
            return
        if error is not None:
            found.set_exception(error)
        else:
            found.set_result(result or [])

    def look_up() -> None:
        result: list[Address] | None = None
        failure: OSError | None = None
        try:
            result = _look_up(host, port)
        except UnicodeError:  # not a name that DNS can hold
            failure = socket.gaierror(socket.EAI_NONAME, "not a host name")
        except OSError as error:
            failure = error
        try:
            loop.call_soon_threadsafe(deliver, result, failure)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return

    threading.Thread(target=look_up, name="name look-up", daemon=True).start()
    return await found


def _look_up(host: str, port: int) -> list[Address]:
    found: dict[socket.AddressFamily, list[Address]] = {}
    for family, _type, _protocol, _name, sockaddr in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        if family in {socket.AF_INET, socket.AF_INET6}:
            address = Address(family, sockaddr)  # type: ignore[arg-type]
            found.setdefault(family, []).append(address)
    turns = zip_longest(*found.values())
    return [address for address in chain.from_iterable(turns) if address is not None]


async def connect(addresses: Sequence[Address]) -> socket.socket:
    """A connected, non-blocking socket to the first of `addresses` that answers.

    The next address is tried when one failed or is slow; the losers are closed. Raises the first
    address's OSError when none answers. The caller sets the deadline.
    """
    waiting = list(addresses)
    running: set[asyncio.Task[socket.socket]] = set()
    first_error: OSError | None = None
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.create_task(_connect_one(waiting.pop(0))))
            done, running = await asyncio.wait(
                running,
                timeout=_NEXT_ADDRESS_AFTER if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            winner: socket.socket | None = None
            for task in done:
                error = task.exception()
                if error is None:
                    if winner is None:
                        winner = task.result()
                    else:
                        task.result().close()
                elif isinstance(error, OSError):
                    first_error = first_error or error
                else:
                    raise error
            if winner is not None:
                return winner
    finally:
        await _drop(running)
    raise first_error or OSError("no address to connect to")


async def _connect_one(address: Address) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        # A command is one small segment that waits for its answer: never hold it back.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
    except BaseException:
        sock.close()
        raise
    return sock


async def _drop(tasks: set[asyncio.Task[socket.socket]]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, socket.socket):
            result.close()


def client_name(sock: socket.socket) -> str:
    """What this computer calls itself in EHLO: its address literal (RFC 5321 §4.1.3, §4.1.4).

    Always valid and known without asking anybody, unlike a fully qualified host name.
    """
    host = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


def peer_name(sock: socket.socket) -> str:
    """Address and port of the other end."""
    host, port = sock.getpeername()[:2]
    return _host_and_port(str(host), int(port))


def _host_and_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
