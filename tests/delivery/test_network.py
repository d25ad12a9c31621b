"""Whether there is a network: on a computer of its own, and on made-up ones."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from mailadmin.delivery.network import has_network
from tests.faults.namespaces import Computer, computer

ASK = "from mailadmin.delivery.network import has_network; print(has_network())"
V4, V6, CARD = socket.AF_INET, socket.AF_INET6, psutil.AF_LINK


def asked(other: Computer) -> bool:
    """What a program there is told."""
    command = [*other.prefix, sys.executable, "-c", ASK]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return {"True": True, "False": False}[done.stdout.strip()]


def do(other: Computer, *command: str) -> None:
    subprocess.run([*other.prefix, "ip", *command], check=True, capture_output=True, timeout=10)


def test_a_real_computer_without_and_with_a_cable(tmp_path: Path) -> None:
    with computer(tmp_path) as other:
        assert not asked(other)  # even loopback is down
        other.connect()
        assert asked(other)
        do(other, "link", "set", "cable", "down")
        assert not asked(other)  # loopback is up, which helps nobody
        do(other, "link", "set", "cable", "up")
        assert asked(other)
        do(other, "address", "flush", "dev", "cable")
        do(other, "address", "add", "169.254.7.7/16", "dev", "cable")
        assert not asked(other)  # nobody gave it an address


@pytest.mark.parametrize(
    ("up", "addresses", "expected"),
    [
        (True, [(V4, "192.0.2.1")], True),
        (True, [(V4, "10.0.0.1")], True),
        (True, [(V6, "2001:db8::1")], True),
        (True, [(V6, "fd00::1")], True),
        (True, [(V6, "fe80::1%eth0"), (V4, "192.0.2.1")], True),
        (False, [(V4, "192.0.2.1"), (V6, "2001:db8::1")], False),
        (True, [(V6, "fe80::1%eth0")], False),
        (True, [(V4, "169.254.1.1")], False),
        (True, [(V4, "127.0.0.1"), (V6, "::1")], False),
        (True, [(V6, "::")], False),
        (True, [(CARD, "00:00:5e:00:53:01")], False),
        (True, [], False),
    ],
)
def test_an_interface_beside_loopback(
    monkeypatch: pytest.MonkeyPatch,
    up: bool,
    addresses: list[tuple[int, str]],
    expected: bool,
) -> None:
    found = [SimpleNamespace(family=family, address=text) for family, text in addresses]
    loopback = [SimpleNamespace(family=V4, address="127.0.0.1")]
    states = {"lo": SimpleNamespace(isup=True), "eth0": SimpleNamespace(isup=up)}
    monkeypatch.setattr(psutil, "net_if_stats", lambda: states)
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"lo": loopback, "eth0": found})
    assert has_network() is expected


def test_an_interface_that_vanishes_meanwhile_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "net_if_stats", dict)
    gone = [SimpleNamespace(family=V4, address="192.0.2.1")]
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"eth0": gone})
    assert not has_network()


@pytest.mark.parametrize("error", [OSError(1, "no"), psutil.AccessDenied()])
@pytest.mark.parametrize("asked", ["net_if_stats", "net_if_addrs"])
def test_a_network_is_assumed_where_it_can_not_be_told(
    monkeypatch: pytest.MonkeyPatch, asked: str, error: Exception
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(psutil, asked, fail)
    assert has_network()
