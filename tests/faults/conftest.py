"""Fixtures of the fault tests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailadmin.store import Store
from tests.cli.conftest import CommandLine
from tests.faults.product import Product


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    """The product on an empty database."""
    database = tmp_path / "mail.db"
    store = Store.open(database)
    yield Product(CommandLine(database, monkeypatch), store, monkeypatch, tmp_path)
    store.close()


@pytest.fixture
def closed_port() -> int:
    """A port of this computer that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
