"""The columns of the Providers, in the order of the public contract: append, don't rename."""

from __future__ import annotations

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.provider import Encryption, StoredProvider
from mailadmin.tables.column import Column, Kind

ENABLED, DISABLED = "true", "false"
"""The values of the column `enabled`, as JSON and the store's filter write them."""

PROVIDERS: tuple[Column[StoredProvider], ...] = (
    Column("id", QT_TRANSLATE_NOOP("Column", "ID"), Kind.NUMBER, width=44),
    Column("caption", QT_TRANSLATE_NOOP("Column", "Caption"), width=115),
    Column(
        "driver",
        QT_TRANSLATE_NOOP("Column", "Driver"),
        Kind.CHOICE,
        width=52,
    ),
    Column("host", QT_TRANSLATE_NOOP("Column", "Host"), width=112),
    Column("port", QT_TRANSLATE_NOOP("Column", "Port"), Kind.NUMBER, width=50),
    Column("username", QT_TRANSLATE_NOOP("Column", "Username"), width=90),
    Column("send_from", QT_TRANSLATE_NOOP("Column", "Send from"), width=125),
    Column("send_from_name", QT_TRANSLATE_NOOP("Column", "Send from name"), width=100),
    Column(
        "encryption",
        QT_TRANSLATE_NOOP("Column", "Encryption"),
        Kind.CHOICE,
        values=tuple(map(str, Encryption)),
        width=76,
    ),
    Column(
        "enabled",
        QT_TRANSLATE_NOOP("Column", "Enabled"),
        Kind.CHOICE,
        values=(ENABLED, DISABLED),
        width=64,
    ),
)
