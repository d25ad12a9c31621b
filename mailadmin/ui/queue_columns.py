"""The columns of the Queue."""

from __future__ import annotations

from mailadmin.core.domain import QueuedEmail
from mailadmin.core.errors import QT_TRANSLATE_NOOP
from mailadmin.ui.column import Align, Column
from mailadmin.ui.icons import Icons
from mailadmin.ui.status_words import status_icon, status_meaning, status_word


def queue_columns(icons: Icons) -> tuple[Column[QueuedEmail], ...]:
    """ID to Reason, as the design names them."""
    return (
        Column(
            "id",
            QT_TRANSLATE_NOOP("Column", "ID"),
            lambda row: row.id,
            align=Align.RIGHT,
            width=66,
        ),
        Column("email", QT_TRANSLATE_NOOP("Column", "Email"), lambda row: row.email, width=160),
        Column(
            "subject", QT_TRANSLATE_NOOP("Column", "Subject"), lambda row: row.subject, width=185
        ),
        Column(
            "last_attempt_date",
            QT_TRANSLATE_NOOP("Column", "Last attempt date"),
            lambda row: row.last_attempt_date,
            align=Align.RIGHT,
            width=120,
        ),
        Column(
            "next_attempt_date",
            QT_TRANSLATE_NOOP("Column", "Next attempt date"),
            lambda row: row.next_attempt_date,
            align=Align.RIGHT,
            width=120,
        ),
        Column(
            "attempts_count",
            QT_TRANSLATE_NOOP("Column", "Attempts count"),
            lambda row: row.attempts_count,
            align=Align.RIGHT,
            width=100,
        ),
        Column(
            "status",
            QT_TRANSLATE_NOOP("Column", "Status"),
            lambda row: row.status,
            text=lambda row: status_word(row.status),
            tooltip=lambda row: status_meaning(row.status),
            icon=lambda row: icons.icon(*status_icon(row.status)),
            width=112,
        ),
        Column("reason", QT_TRANSLATE_NOOP("Column", "Reason"), lambda row: row.reason, width=240),
    )
