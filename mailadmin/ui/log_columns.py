"""The columns of the Log."""

from __future__ import annotations

from mailadmin.core.domain import LogEntry
from mailadmin.core.errors import QT_TRANSLATE_NOOP
from mailadmin.ui.column import Align, Column
from mailadmin.ui.icons import Icons
from mailadmin.ui.status_words import status_icon, status_meaning, status_word


def log_columns(icons: Icons) -> tuple[Column[LogEntry], ...]:
    """ID to Reason, as the design names them."""
    return (
        Column(
            "id",
            QT_TRANSLATE_NOOP("Column", "ID"),
            lambda row: row.id,
            align=Align.RIGHT,
            width=66,
        ),
        Column(
            "active_queue_id",
            QT_TRANSLATE_NOOP("Column", "Active queue ID"),
            lambda row: row.active_queue_id,
            align=Align.RIGHT,
            width=108,
        ),
        Column("email", QT_TRANSLATE_NOOP("Column", "Email"), lambda row: row.email, width=160),
        Column(
            "subject", QT_TRANSLATE_NOOP("Column", "Subject"), lambda row: row.subject, width=185
        ),
        Column(
            "attempt_date",
            QT_TRANSLATE_NOOP("Column", "Attempt date"),
            lambda row: row.attempt_date,
            align=Align.RIGHT,
            width=120,
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
        Column("reason", QT_TRANSLATE_NOOP("Column", "Reason"), lambda row: row.reason, width=300),
    )
