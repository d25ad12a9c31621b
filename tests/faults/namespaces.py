"""A computer of its own as far as the network goes: no cable, no names, until the test says so.

    with computer() as other:
        with sender(product, prefix=other.prefix): ...      # runs without any network
        other.connect()                                     # somebody plugs the cable in
        with other.inside(): ...                            # sockets made here are its own

It needs root (the kernel's network and mount namespaces).
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_PLUG_IN = """
ip link set lo up
ip link add cable type veth peer name wall
ip address add 192.0.2.1/24 dev cable
ip link set wall up
ip link set cable up
"""

# A resolver that gives up soon, instead of after the usual ten seconds.
_RESOLVER = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"


@dataclass(frozen=True, slots=True)
class Computer:
    """A network without anything, and a resolver of its own."""

    process: int

    @property
    def prefix(self) -> tuple[str, ...]:
        """What starts a program there."""
        target = f"--target={self.process}"
        # The root too: where this one is not the system's, a mount namespace alone would leave it.
        return ("nsenter", target, "--net", "--mount", "--root", f"--wd={Path.cwd()}")

    def connect(self) -> None:
        """Plug a cable in: loopback comes up, and an interface that reaches further."""
        subprocess.run(
            [*self.prefix, "sh", "-ec", _PLUG_IN], check=True, capture_output=True, timeout=10
        )

    def forbid(self, address: str) -> None:
        """Have no way to this address."""
        command = ["ip", "route", "add", "unreachable", f"{address}/32"]
        subprocess.run([*self.prefix, *command], check=True, capture_output=True, timeout=60)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Be there with this thread and those it starts: their new sockets are of this network."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/proc/{self.process}/ns/net", os.O_RDONLY)
        try:
            _enter(there)
            try:
                yield
            finally:
                _enter(home)
        finally:
            os.close(there)
            os.close(home)


@contextmanager
def computer(folder: Path) -> Iterator[Computer]:
    """Have one until the block ends."""
    if sys.platform != "linux" or os.geteuid() != 0:
        _leave("only root on Linux can take the network away from a program")
    resolver = folder / "resolv.conf"
    resolver.write_text(_RESOLVER)
    script = 'mount --bind "$0" /etc/resolv.conf && echo ready && exec cat'
    holder = subprocess.Popen(
        ["unshare", "--net", "--mount", "sh", "-c", script, str(resolver)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        if holder.stdout.readline() != b"ready\n":
            _leave("this machine lets nobody have a network and mounts of their own")
        yield Computer(holder.pid)
    finally:
        holder.stdin.close()
        holder.stdout.close()
        holder.wait()


def _leave(reason: str) -> NoReturn:
    """Leave the test out, but never where CI has to run it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _enter(namespace: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(namespace, _NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")


@dataclass
class Names:
    """A name server on port 53 that answers as it is told."""

    answer: str = "silence"  # or "unknown", "failure", "here": 127.0.0.1
    asked: list[bytes] = field(default_factory=list)

    def reply(self, query: bytes) -> bytes:
        """The datagram to give back (RFC 1035 §4.1), b"" for none."""
        self.asked.append(query)
        if self.answer == "silence":
            return b""
        end = query.index(b"\0", 12) + 5
        question, kind = query[12:end], query[end - 4 : end - 2]
        code = {"unknown": 3, "failure": 2}.get(self.answer, 0)
        found = self.answer == "here" and kind == b"\0\1"
        head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, int(found), 0, 0)
        address = b"\xc0\x0c\0\1\0\1" + struct.pack("!IH", 0, 4) + bytes([127, 0, 0, 1])
        return head + question + (address if found else b"")


@contextmanager
def names() -> Iterator[Names]:
    """Run a name server in the network this thread is in."""
    made = Names()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))

        def serve() -> None:
            while True:
                query, client = server.recvfrom(4096)
                if not query:
                    return
                if reply := made.reply(query):
                    server.sendto(reply, client)

        thread = threading.Thread(target=serve, name="name server")
        thread.start()
        try:
            yield made
        finally:
            own = server.getsockname()
            server.sendto(b"", own)
            thread.join()
