"""The columns of the Queue and of the Log; what both show is declared once."""

from __future__ import annotations

from typing import Protocol, TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.domain.domain_names import both_forms
from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.log import LogEntry, LogStatus
from mailadmin.domain.queue import QueuedEmail, QueueStatus
from mailadmin.tables.query import UNDECIDED
from mailadmin.ui.table.column import Align, Column
from mailadmin.ui.table.filter_kinds import FilterKind, ListOfValues
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.words.status_words import Status, status_icon, status_meaning, status_word


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
            filter=FilterKind.DATE,
        ),
        Column(
            "next_attempt_date",
            QT_TRANSLATE_NOOP("Column", "Next attempt date"),
            lambda row: row.next_attempt_date,
            align=Align.RIGHT,
            filter=FilterKind.DATE,
        ),
        Column(
            "attempts_count",
            QT_TRANSLATE_NOOP("Column", "Attempts count"),
            lambda row: row.attempts_count,
            align=Align.RIGHT,
            filter=FilterKind.NUMBER,
            width=100,
        ),
        *_outcome(icons, _statuses(icons, QueueStatus, UNDECIDED), 100),
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
            filter=FilterKind.NUMBER,
            width=108,
        ),
        *_message(),
        Column(
            "attempt_date",
            QT_TRANSLATE_NOOP("Column", "Attempt date"),
            lambda row: row.attempt_date,
            align=Align.RIGHT,
            filter=FilterKind.DATE,
        ),
        *_outcome(icons, _statuses(icons, LogStatus), 140),
    )


def _identity() -> Column[R]:
    title = QT_TRANSLATE_NOOP("Column", "ID")
    return Column(
        "id", title, lambda row: row.id, align=Align.RIGHT, filter=FilterKind.NUMBER, width=66
    )


def _message() -> tuple[Column[R], Column[R]]:
    email = QT_TRANSLATE_NOOP("Column", "Email")
    subject = QT_TRANSLATE_NOOP("Column", "Subject")
    return (
        Column(
            "email",
            email,
            lambda row: row.email,
            tooltip=lambda row: both_forms(row.email),
            width=160,
        ),
        Column("subject", subject, lambda row: row.subject, width=185),
    )


def _statuses(
    icons: Icons, kind: type[QueueStatus] | type[LogStatus], *overlapping: str
) -> ListOfValues:
    def word(value: str) -> str:
        if value == UNDECIDED:
            return QCoreApplication.translate(
                "Status", QT_TRANSLATE_NOOP("Status", "Needs a decision")
            )
        return status_word(kind(value))

    def icon(value: str) -> QIcon:
        if value == UNDECIDED:
            return icons.icon(IconName.WARNING, Role.WARNING)
        return icons.icon(*status_icon(kind(value)))

    return ListOfValues(tuple(str(each) for each in kind), overlapping, word, icon)


def _outcome(icons: Icons, statuses: ListOfValues, width: int) -> tuple[Column[R], Column[R]]:
    return (
        Column(
            "status",
            QT_TRANSLATE_NOOP("Column", "Status"),
            lambda row: row.status,
            text=lambda row: status_word(row.status),
            tooltip=lambda row: status_meaning(row.status),
            icon=lambda row: icons.icon(*status_icon(row.status)),
            filter=statuses,
            width=112,
        ),
        Column(
            "reason", QT_TRANSLATE_NOOP("Column", "Reason"), lambda row: row.reason, width=width
        ),
    )
