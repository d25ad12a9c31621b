"""The columns of the Queue and of the Log; what both show is declared once."""

from __future__ import annotations

from typing import Protocol, TypeVar

from mailadmin.core.domain import LogEntry, QueuedEmail
from mailadmin.core.errors import QT_TRANSLATE_NOOP
from mailadmin.ui.column import Align, Column
from mailadmin.ui.icons import Icons
from mailadmin.ui.status_words import Status, status_icon, status_meaning, status_word


class MailRow(Protocol):
    """One email in either table."""

    @property
    def id(self) -> int: ...

    @property
    def email(self) -> str: ...

    @property
    def subject(self) -> str: ...

    @property
    def status(self) -> Status: ...

    @property
    def reason(self) -> str: ...


R = TypeVar("R", bound=MailRow)


def queue_columns(icons: Icons) -> tuple[Column[QueuedEmail], ...]:
    """ID to Reason, as the design names them."""
    return (
        _identity(),
        *_message(),
        Column(
            "last_attempt_date",
            QT_TRANSLATE_NOOP("Column", "Last attempt date"),
            lambda row: row.last_attempt_date,
            align=Align.RIGHT,
        ),
        Column(
            "next_attempt_date",
            QT_TRANSLATE_NOOP("Column", "Next attempt date"),
            lambda row: row.next_attempt_date,
            align=Align.RIGHT,
        ),
        Column(
            "attempts_count",
            QT_TRANSLATE_NOOP("Column", "Attempts count"),
            lambda row: row.attempts_count,
            align=Align.RIGHT,
            width=100,
        ),
        *_outcome(icons, 240),
    )


def log_columns(icons: Icons) -> tuple[Column[LogEntry], ...]:
    """ID to Reason, as the design names them."""
    return (
        _identity(),
        Column(
            "active_queue_id",
            QT_TRANSLATE_NOOP("Column", "Active queue ID"),
            lambda row: row.active_queue_id,
            align=Align.RIGHT,
            width=108,
        ),
        *_message(),
        Column(
            "attempt_date",
            QT_TRANSLATE_NOOP("Column", "Attempt date"),
            lambda row: row.attempt_date,
            align=Align.RIGHT,
        ),
        *_outcome(icons, 300),
    )


def _identity() -> Column[R]:
    title = QT_TRANSLATE_NOOP("Column", "ID")
    return Column("id", title, lambda row: row.id, align=Align.RIGHT, width=66)


def _message() -> tuple[Column[R], Column[R]]:
    email = QT_TRANSLATE_NOOP("Column", "Email")
    subject = QT_TRANSLATE_NOOP("Column", "Subject")
    return (
        Column("email", email, lambda row: row.email, width=160),
        Column("subject", subject, lambda row: row.subject, width=185),
    )


def _outcome(icons: Icons, width: int) -> tuple[Column[R], Column[R]]:
    return (
        Column(
            "status",
            QT_TRANSLATE_NOOP("Column", "Status"),
            lambda row: row.status,
            text=lambda row: status_word(row.status),
            tooltip=lambda row: status_meaning(row.status),
            icon=lambda row: icons.icon(*status_icon(row.status)),
            width=112,
        ),
        Column(
            "reason", QT_TRANSLATE_NOOP("Column", "Reason"), lambda row: row.reason, width=width
        ),
    )
