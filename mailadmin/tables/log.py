"""The columns of the Log, in the order of the public contract: append, don't rename."""

from __future__ import annotations

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.log import LogEntry, LogStatus
from mailadmin.tables.column import Column, Kind

LOG: tuple[Column[LogEntry], ...] = (
    Column("id", QT_TRANSLATE_NOOP("Column", "ID"), Kind.NUMBER, width=66),
    Column(
        "active_queue_id", QT_TRANSLATE_NOOP("Column", "Active queue ID"), Kind.NUMBER, width=108
    ),
    Column("email", QT_TRANSLATE_NOOP("Column", "Email"), width=160),
    Column("subject", QT_TRANSLATE_NOOP("Column", "Subject"), width=185),
    Column("attempt_date", QT_TRANSLATE_NOOP("Column", "Attempt date"), Kind.DATE),
    Column(
        "status",
        QT_TRANSLATE_NOOP("Column", "Status"),
        Kind.CHOICE,
        values=tuple(map(str, LogStatus)),
        width=112,
    ),
    Column("reason", QT_TRANSLATE_NOOP("Column", "Reason"), width=140),
)
