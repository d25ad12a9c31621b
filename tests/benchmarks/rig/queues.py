"""A queue of Mail Admin full of messages, and its sender alone on it."""

from __future__ import annotations

import time
from pathlib import Path

from mailadmin.credentials import MemoryCredentials
from mailadmin.delivery.deliverer import Deliverer
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import Encryption, Provider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.smtp_providers import smtp_provider

SIZE = 4096  # bytes of each message


def message(number: int = 0, size: int = SIZE) -> NewMessage:
    """A plain message of about `size` bytes."""
    head = (
        f"From: a@example.org\r\nTo: b@example.org\r\nSubject: Benchmark {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\n\r\n"
    ).encode()
    line = b"x" * 76 + b"\r\n"
    content = head + line * ((size - len(head)) // len(line))
    subject = f"Benchmark {number}"
    return NewMessage(content, ("b@example.org",), subject, f"<{number}@example.org>")


def loopback(port: int, connections: int, messages_per_connection: int = 100_000) -> Provider:
    """A provider on the loopback, plain text."""
    return smtp_provider(
        "Sink",
        "127.0.0.1",
        port,
        "a@example.org",
        encryption=Encryption.NONE,
        max_connections=connections,
        messages_per_connection=messages_per_connection,
    )


def filled(path: Path, provider: Provider, messages: int) -> Store:
    """A new store with `messages` due for `provider`."""
    store = Store.open(path, standard_drivers())
    store.providers.add(provider)
    batch = 1000
    for first in range(0, messages, batch):
        numbers = range(first, min(first + batch, messages))
        store.queue.enqueue([message(number) for number in numbers])
    return store


def drain(store: Store) -> float:
    """Send what is due; gives the seconds it took. Every email must arrive."""
    waiting = store.queue.count()
    logged = store.log.count()
    began = time.perf_counter()
    Deliverer(store, MemoryCredentials(), standard_drivers()).run(until_empty=True)
    seconds = time.perf_counter() - began
    assert store.queue.count() == 0, f"{store.queue.count()} messages were not sent"
    assert store.log.count() == logged + waiting
    return seconds


def steady_rate(store: Store) -> float:
    """Messages/s in the middle of what was sent: from a fifth of it to nine tenths."""
    entries = store.log.ids()
    ends = sorted(
        attempt.finished_at.timestamp()
        for email_id in entries
        for attempt in store.log.attempts(email_id)
        if attempt.finished_at is not None
    )
    first, last = len(ends) // 5, len(ends) * 9 // 10
    return (last - first) / (ends[last] - ends[first])


def drain_rates(folder: Path, port: int, messages: int, connections: int) -> tuple[float, float]:
    """Messages/s from a durable queue to the server: altogether, and in the middle."""
    store = filled(folder / f"{time.monotonic_ns()}.db", loopback(port, connections), messages)
    try:
        return messages / drain(store), steady_rate(store)
    finally:
        _remove(store)


def drain_rate(folder: Path, port: int, messages: int, connections: int) -> float:
    """Messages/s from a durable queue to the server, the Log written."""
    store = filled(folder / f"{time.monotonic_ns()}.db", loopback(port, connections), messages)
    try:
        return messages / drain(store)
    finally:
        _remove(store)


def _remove(store: Store) -> None:
    store.close()
    for file in store.location.path.parent.glob(f"{store.location.path.name}*"):
        file.unlink()
