"""The columns of the three tables, in the order of the product's public contract.

The keys are those of `--json` and of `--sort`, the titles those of the window and of CSV.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from mailadmin.domain.log import LogEntry
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueuedEmail

T = TypeVar("T")

Value = str | int | float | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column. `right`: numbers and `dates`, aligned to the right and never shortened."""

    key: str
    title: str
    value: Callable[[T], Value]
    right: bool = False
    dates: bool = False


PROVIDERS: tuple[Column[StoredProvider], ...] = (
    Column("id", "ID", lambda provider: provider.id, right=True),
    Column("caption", "Caption", lambda provider: provider.caption),
    Column("driver", "Driver", lambda provider: provider.driver),
    Column("host", "Host", lambda provider: provider.host),
    Column("port", "Port", lambda provider: provider.port, right=True),
    Column("username", "Username", lambda provider: provider.username),
    Column("send_from", "Send from", lambda provider: provider.send_from),
    Column("send_from_name", "Send from name", lambda provider: provider.send_from_name),
    Column("encryption", "Encryption", lambda provider: provider.encryption),
    Column("enabled", "Enabled", lambda provider: provider.enabled),
)

QUEUE: tuple[Column[QueuedEmail], ...] = (
    Column("id", "ID", lambda email: email.id, right=True),
    Column("email", "Email", lambda email: email.email),
    Column("subject", "Subject", lambda email: email.subject),
    Column(
        "last_attempt_date",
        "Last attempt date",
        lambda email: email.last_attempt_date,
        right=True,
        dates=True,
    ),
    Column(
        "next_attempt_date",
        "Next attempt date",
        lambda email: email.next_attempt_date,
        right=True,
        dates=True,
    ),
    Column("attempts_count", "Attempts count", lambda email: email.attempts_count, right=True),
    Column("status", "Status", lambda email: email.status),
    Column("reason", "Reason", lambda email: email.reason),
)

LOG: tuple[Column[LogEntry], ...] = (
    Column("id", "ID", lambda entry: entry.id, right=True),
    Column("active_queue_id", "Active queue ID", lambda entry: entry.active_queue_id, right=True),
    Column("email", "Email", lambda entry: entry.email),
    Column("subject", "Subject", lambda entry: entry.subject),
    Column(
        "attempt_date", "Attempt date", lambda entry: entry.attempt_date, right=True, dates=True
    ),
    Column("status", "Status", lambda entry: entry.status),
    Column("reason", "Reason", lambda entry: entry.reason),
)
