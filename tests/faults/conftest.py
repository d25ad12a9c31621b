"""Fixtures of the fault tests."""

from __future__ import annotations

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
