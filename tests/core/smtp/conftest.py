"""Fixtures of the tests of the SMTP client."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.servers.scripted_server import ScriptedServer, scripted_server


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A polite server that records what it is told."""
    with scripted_server() as server:
        yield server


@pytest.fixture
def unused_tcp_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
