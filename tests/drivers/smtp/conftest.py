"""Fixtures of the tests of the SMTP client."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.servers.scripted_server import PIPELINING, POLITE, ScriptedServer, scripted_server


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A polite server that records what it is told."""
    with scripted_server() as server:
        yield server


@pytest.fixture
def unused_tcp_port() -> Iterator[int]:
    """A port nobody listens on, nor can until the test ends."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


@pytest.fixture(params=["plain", "pipelined"])
def dialogue(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A test that uses it runs twice: scripted servers offer no pipelining, then they do."""
    if request.param == "pipelined":
        monkeypatch.setitem(POLITE, "EHLO", PIPELINING)
    return str(request.param)
