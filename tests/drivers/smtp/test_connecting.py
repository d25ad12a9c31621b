"""Names, addresses and connections."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from aiohappyeyeballs import AddrInfoType

from mailadmin.drivers.smtp import connecting
from mailadmin.drivers.smtp.connecting import Address, client_name, connect, resolve
from tests.drivers.smtp.dialling import deliver, session_with, settings_at
from tests.servers.scripted_server import ScriptedServer, scripted_server

V4, V6 = socket.AF_INET, socket.AF_INET6


@pytest.fixture
def silent() -> Iterator[Address]:
    """Where nobody answers: as many connections wait to be accepted as may."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = Address(V4, listener.getsockname())
        while True:
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.2)
            try:
                waiting.connect(address.sockaddr)
            except TimeoutError:
                break
        yield address


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        (Address(V4, ("127.0.0.1", 25)), True),
        (Address(V4, ("127.255.255.254", 25)), True),
        (Address(V6, ("::1", 25, 0, 0)), True),
        (Address(V6, ("::ffff:127.0.0.1", 25, 0, 0)), True),
        (Address(V6, ("fe80::1%eth0", 25, 0, 2)), False),
        (Address(V6, ("::ffff:192.0.2.1", 25, 0, 0)), False),
        (Address(V4, ("192.168.0.1", 25)), False),
        (Address(V4, ("0.0.0.0", 25)), False),  # noqa: S104 - an address, not a bind
    ],
)
def test_loopback_hosts_are_told_from_others(address: Address, loopback: bool) -> None:
    assert address.is_loopback is loopback


def test_a_literal_address_is_its_own_look_up() -> None:
    (address,) = asyncio.run(resolve("127.0.0.1", 2525))
    assert address == Address(V4, ("127.0.0.1", 2525))
    assert str(address) == "127.0.0.1:2525"
    assert str(asyncio.run(resolve("::1", 25))[0]) == "[::1]:25"


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a..b", "x" * 64 + ".example"])
def test_names_that_can_not_be_looked_up(name: str) -> None:
    with pytest.raises(socket.gaierror):
        asyncio.run(resolve(name, 25))


def test_the_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the one that the system prefers (RFC 8305 §4). All are groups, so nobody is reached."""

    def both(host: str, port: int, **_: object) -> list[object]:
        six = [(V6, 1, 6, "", (f"ff0e::{n}", port, 0, 0)) for n in (1, 2)]
        four = [(V4, 1, 6, "", (f"224.0.0.{n}", port)) for n in (1, 2, 3)]
        return [*six, *four]

    async def main() -> None:
        await connect(await resolve("example.org", 25))

    tried: list[str] = []
    new_socket = connecting._new_socket

    def note(address: AddrInfoType) -> socket.socket:
        tried.append(address[4][0])
        return new_socket(address)

    monkeypatch.setattr(socket, "getaddrinfo", both)
    monkeypatch.setattr(connecting, "_new_socket", note)
    with pytest.raises(OSError, match="unreachable"):
        asyncio.run(main())
    assert tried == ["ff0e::1", "224.0.0.1", "ff0e::2", "224.0.0.2", "224.0.0.3"]


def test_a_resolver_that_hangs_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the deadline nor the end of the loop wait for it."""
    release = threading.Event()
    looked_up = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        release.wait(60)
        looked_up.set()
        return []

    async def main() -> None:
        async with asyncio.timeout(0.05):
            await resolve("example.org", 25)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    before = set(threading.enumerate())
    with pytest.raises(TimeoutError):
        asyncio.run(main())
    (worker,) = set(threading.enumerate()) - before
    assert worker.daemon
    assert not looked_up.is_set()
    release.set()
    worker.join()  # it finds the loop closed, which is no error


def test_the_first_address_that_answers_is_used(scripted: ScriptedServer) -> None:
    closed = Address(V4, ("127.0.0.1", 1))
    good = Address(V4, ("127.0.0.1", scripted.port))

    async def main() -> None:
        with await connect([closed, good]) as sock:
            assert sock.getpeername()[1] == scripted.port
            assert client_name(sock) == "[127.0.0.1]"

    asyncio.run(main())


def test_a_slow_address_does_not_hold_up_a_good_one(
    scripted: ScriptedServer, silent: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "_NEXT_ADDRESS_AFTER", 0.01)
    good = Address(V4, ("127.0.0.1", scripted.port))

    async def main() -> None:
        async with asyncio.timeout(30):
            with await connect([silent, good]) as sock:
                assert sock.getpeername()[1] == scripted.port

    asyncio.run(main())


NOWHERE = Address(V4, ("224.0.0.1", 25))  # a group: TCP has no route to it


@pytest.mark.parametrize("without_route", [[], [NOWHERE], [NOWHERE, NOWHERE]])
def test_when_nobody_answers_the_most_telling_reason_is_given(
    without_route: list[Address], unused_tcp_port: int
) -> None:
    """Which is not that one of the families has no route to the server."""
    refusing = [Address(V4, (f"127.0.0.{n}", unused_tcp_port)) for n in (1, 2)]
    for addresses in ([*without_route, *refusing], [*refusing, *without_route]):
        with pytest.raises(ConnectionRefusedError) as raised:
            asyncio.run(connect(addresses))
        assert raised.value.errno == errno.ECONNREFUSED


def test_when_there_is_no_way_to_any_address() -> None:
    with pytest.raises(OSError, match="unreachable") as raised:
        asyncio.run(connect([NOWHERE, NOWHERE]))
    assert raised.value.errno == errno.ENETUNREACH
    with pytest.raises(OSError, match="no address"):
        asyncio.run(connect([]))


def test_a_family_without_route_does_not_hold_up_the_other(scripted: ScriptedServer) -> None:
    good = Address(V4, ("127.0.0.1", scripted.port))

    async def main() -> None:
        with await connect([NOWHERE, good]) as sock:
            assert sock.getpeername()[1] == scripted.port
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    asyncio.run(main())


def test_cancelling_closes_what_was_begun(silent: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first attempt, and the second beside it."""
    monkeypatch.setattr(connecting, "_NEXT_ADDRESS_AFTER", 0.01)
    begun: list[socket.socket] = []
    both = asyncio.Event()
    new_socket = connecting._new_socket

    def note(address: AddrInfoType) -> socket.socket:
        begun.append(new_socket(address))
        if len(begun) == 2:
            both.set()
        return begun[-1]

    async def main() -> None:
        connection = asyncio.create_task(connect([silent, silent]))
        await both.wait()
        connection.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connection

    monkeypatch.setattr(connecting, "_new_socket", note)
    asyncio.run(main())
    assert [sock.fileno() for sock in begun] == [-1, -1]


def test_a_server_on_ipv6_is_reached() -> None:
    with scripted_server(host="::1") as server:

        async def main() -> None:
            async with session_with(settings_at(server.port, host="::1")) as session:
                await deliver(session)

        asyncio.run(main())
    assert server.last.commands[0] == "EHLO [IPv6:::1]"
