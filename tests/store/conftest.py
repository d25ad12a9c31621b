"""A store on a real database file, and things to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import Provider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.smtp_providers import smtp_provider


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "mail.db", standard_drivers())
    yield opened
    opened.close()


@pytest.fixture
def provider(store: Store) -> Provider:
    return store.providers.add(
        smtp_provider("Relay", "smtp.example.org", 587, "office@example.org")
    )


@pytest.fixture
def message() -> Callable[..., NewMessage]:
    def make(*recipients: str, subject: str = "Hello", text: str = "Hi") -> NewMessage:
        content = f"Subject: {subject}\r\n\r\n{text}\r\n".encode()
        return NewMessage(content, recipients or ("ann@example.org",), subject, "<1@example.org>")

    return make
