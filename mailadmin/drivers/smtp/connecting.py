"""From a host name to a TCP connection: name look-up and connecting, each a stage of its own.

The look-up is our own, because it must end when it is cancelled; connecting over both families is
aiohappyeyeballs' part.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from aiohappyeyeballs import AddrInfoType, start_connection

from mailadmin.domain.domain_names import to_ascii
from mailadmin.drivers.smtp.explain import UNREACHABLE

_ERROR_NUMBER = re.compile(r"\[(Errno|WinError) (\d+)\]")  # as str(OSError) has it
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


def host_to_ascii(host: str) -> str:
    """The name to look up, and to find in the certificate; raises NotADomainName.

    Python would encode it for both by the rules of 2003.
    """
    return host if host.isascii() else to_ascii(host, underscores=True)


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of `host`, a name in ASCII, the preferred first; raises OSError
    (socket.gaierror).

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
    return [
        Address(family, sockaddr)  # type: ignore[arg-type]
        for family, _type, _protocol, _name, sockaddr in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )
        if family in {socket.AF_INET, socket.AF_INET6}
    ]


async def connect(addresses: Sequence[Address]) -> socket.socket:
    """A connected, non-blocking socket to the first of `addresses` that answers.

    The families take turns (RFC 8305 §4). The next address is tried when one failed or is slow;
    the losers are closed. Raises OSError when none answers. The caller sets the deadline.
    """
    if not addresses:
        raise OSError("no address to connect to")
    try:
        return await start_connection(
            [(each.family, socket.SOCK_STREAM, 0, "", each.sockaddr) for each in addresses],
            happy_eyeballs_delay=_NEXT_ADDRESS_AFTER,
            socket_factory=_new_socket,
        )
    except OSError as error:
        raise _most_telling(error) from None


def _new_socket(address: AddrInfoType) -> socket.socket:
    sock = socket.socket(address[0], address[1])
    # A command is one small segment that waits for its answer: never hold it back.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return sock


def _most_telling(error: OSError) -> OSError:
    """One of the errors that the library joined, without a number of its own, into `error`.

    That one family has no route to the server says less than what happened over the other.
    """
    if error.errno is not None:
        return error
    numbers = [
        int(number) if kind == "Errno" else OSError(0, "", None, int(number)).errno or 0
        for kind, number in _ERROR_NUMBER.findall(str(error))
    ]
    telling = [number for number in numbers if number not in UNREACHABLE] or numbers
    return OSError(telling[0], os.strerror(telling[0])) if telling else error


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
