"""A sender on a real database, with real servers to talk to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailadmin.credentials import MemoryCredentials, Secret
from mailadmin.delivery import Notice, SenderState
from mailadmin.delivery.deliverer import Deliverer
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import Encryption, Provider, StoredProvider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.delivery.provider_queues import Context
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME, AiosmtpdServer
from tests.servers.certificates import Certificates
from tests.smtp_providers import smtp_provider


class Running:
    """A Deliverer in a thread, and what it said."""

    def __init__(self, store: Store, credentials: MemoryCredentials) -> None:
        self.store = store
        self.credentials = credentials
        self.options = DeliveryOptions()
        self.states: list[SenderState] = []
        self.notices: list[Notice] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._deliverer: Deliverer | None = None

    def _heard(self, state: SenderState) -> None:
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()

    def _noticed(self, notice: Notice) -> None:
        with self._changed:
            self.notices.append(notice)
            self._changed.notify_all()

    def make(self) -> Deliverer:
        return Deliverer(
            self.store,
            self.credentials,
            standard_drivers(),
            options=self.options,
            on_state=self._heard,
            on_notice=self._noticed,
            jitter=lambda: 0.5,
        )

    def until_empty(self) -> SenderState:
        """Send what is due in a thread of its own, as the program does."""
        self.start(until_empty=True)
        self.join()
        return self.states[-1]

    def join(self) -> None:
        """Wait until it has ended by itself."""
        assert self._thread is not None
        self._thread.join(60)
        assert not self._thread.is_alive()

    def start(self, *, until_empty: bool = False) -> Deliverer:
        self._deliverer = self.make()
        self._thread = threading.Thread(
            target=self._deliverer.run, kwargs={"until_empty": until_empty}
        )
        self._thread.start()
        return self._deliverer

    def wait(self, condition: Callable[[], object]) -> None:
        """Wait for a state or a notice that makes `condition` true."""
        with self._changed:
            assert self._changed.wait_for(condition, 60), self.states[-3:]

    def stop(self) -> None:
        if self._deliverer is not None and self._thread is not None:
            self._deliverer.stop()
            self._thread.join(60)
            assert not self._thread.is_alive()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "mail.db", standard_drivers())
    yield opened
    opened.close()


@pytest.fixture
def context(store: Store) -> Context:
    return Context(store)


@pytest.fixture
def running(store: Store) -> Iterator[Running]:
    made = Running(store, MemoryCredentials())
    yield made
    made.stop()


@pytest.fixture
def message() -> Callable[..., NewMessage]:
    def make(*recipients: str) -> NewMessage:
        content = b"Subject: Hello\r\n\r\n.dot\r\nbody\r\n"
        return NewMessage(content, recipients or ("ann@example.org",), "Hello", "<1@example.org>")

    return make


def loopback(port: int, caption: str = "Relay") -> Provider:
    """A provider on this computer without encryption and without a password."""
    return smtp_provider(
        caption, "127.0.0.1", port, "office@example.org", encryption=Encryption.NONE
    )


def signed_in(
    running: Running, server: AiosmtpdServer, certificates: Certificates, password: str = PASSWORD
) -> StoredProvider:
    """Store a provider with TLS and AUTH for `server`, and its password."""
    provider = running.store.providers.add(
        smtp_provider(
            "Secure",
            "localhost",
            server.port,
            "office@example.org",
            username=USERNAME,
            encryption=server.encryption,
            ca_file=str(certificates.ca_file),
        )
    )
    running.credentials.save(provider, Secret(password))
    return provider
