"""Fixtures of the fault tests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.cli.conftest import CommandLine
from tests.faults.product import Product
from tests.faults.striking import Bench, benches


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    """The product on an empty database."""
    database = tmp_path / "mail.db"
    store = Store.open(database, standard_drivers())
    yield Product(CommandLine(database, monkeypatch), store, monkeypatch, tmp_path)
    store.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this computer that nobody listens on, nor can until the test ends."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


@pytest.fixture(scope="session")
def takers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bench]]:
    """Benches with mail to take in."""
    with benches(tmp_path_factory.mktemp("takers"), 0) as made:
        yield made


@pytest.fixture(scope="session")
def pipelining(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bench]]:
    """Benches with four messages to send, by the short dialogue."""
    with benches(tmp_path_factory.mktemp("pipelining"), 4) as made:
        yield made


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bench]]:
    """The same with a server that wants to be waited for at every command."""
    with benches(tmp_path_factory.mktemp("plain"), 4, pipelining=False) as made:
        yield made


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("pipelining", "plain")
    ]
)
def senders(request: pytest.FixtureRequest) -> list[Bench]:
    """Benches with mail to send, by either dialogue."""
    made = request.getfixturevalue(request.param)
    assert isinstance(made, list)
    return made


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bench with so much mail to send that it isn't all on its way at the same time."""
    with benches(tmp_path_factory.mktemp("crowded"), 20, workers=1) as (made,):
        yield made
