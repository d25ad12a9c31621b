"""The columns of the Queue, in the order of the public contract: append, don't rename."""

from __future__ import annotations

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.queue import QueuedEmail, QueueStatus
from mailadmin.tables.column import Column, Kind
from mailadmin.tables.query import UNDECIDED

QUEUE: tuple[Column[QueuedEmail], ...] = (
    Column("id", QT_TRANSLATE_NOOP("Column", "ID"), Kind.NUMBER, width=66),
    Column("email", QT_TRANSLATE_NOOP("Column", "Email"), width=160),
    Column("subject", QT_TRANSLATE_NOOP("Column", "Subject"), width=185),
    Column("last_attempt_date", QT_TRANSLATE_NOOP("Column", "Last attempt date"), Kind.DATE),
    Column("next_attempt_date", QT_TRANSLATE_NOOP("Column", "Next attempt date"), Kind.DATE),
    Column("attempts_count", QT_TRANSLATE_NOOP("Column", "Attempts count"), Kind.NUMBER, width=100),
    Column(
        "status",
        QT_TRANSLATE_NOOP("Column", "Status"),
        Kind.CHOICE,
        values=tuple(map(str, QueueStatus)),
        overlapping=(UNDECIDED,),
        width=112,
    ),
    Column("reason", QT_TRANSLATE_NOOP("Column", "Reason"), width=100),
)
