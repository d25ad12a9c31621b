"""Names, addresses and connections."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from mailadmin.drivers.smtp import connecting
from mailadmin.drivers.smtp.connecting import Address, client_name, connect, resolve
from tests.drivers.smtp.dialling import deliver, session_with, settings_at
from tests.servers.scripted_server import ScriptedServer, scripted_server

V4, V6 = socket.AF_INET, socket.AF_INET6
BLACK_HOLE = Address(V4, ("192.0.2.1", 25))  # RFC 5737: nobody answers there


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
def test_loopback(address: Address, loopback: bool) -> None:
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
    def both(host: str, port: int, **_: object) -> list[object]:
        six = [(V6, 1, 6, "", (f"::{n}", port, 0, 0)) for n in (1, 2)]
        four = [(V4, 1, 6, "", (f"127.0.0.{n}", port)) for n in (1, 2, 3)]
        return [*six, *four]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    found = asyncio.run(resolve("example.org", 25))
    hosts = [address.sockaddr[0] for address in found]
    assert hosts == ["::1", "127.0.0.1", "::2", "127.0.0.2", "127.0.0.3"]


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
    scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "_NEXT_ADDRESS_AFTER", 0.01)
    good = Address(V4, ("127.0.0.1", scripted.port))

    async def main() -> None:
        async with asyncio.timeout(5):
            with await connect([BLACK_HOLE, good]) as sock:
                assert sock.getpeername()[1] == scripted.port

    asyncio.run(main())


def test_when_nobody_answers_the_first_reason_is_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(connect([Address(V4, ("127.0.0.1", port))]))
    with pytest.raises(OSError, match="no address"):
        asyncio.run(connect([]))


def test_cancelling_closes_what_was_begun() -> None:
    """Unclosed sockets are warnings, and warnings are errors here."""

    async def main() -> None:
        async with asyncio.timeout(0.02):
            await connect([BLACK_HOLE, BLACK_HOLE])

    with pytest.raises((TimeoutError, OSError)):
        asyncio.run(main())


def test_ipv6() -> None:
    with scripted_server(host="::1") as server:

        async def main() -> None:
            async with session_with(settings_at(server.port, host="::1")) as session:
                await deliver(session)

        asyncio.run(main())
    assert server.last.commands[0] == "EHLO [IPv6:::1]"
