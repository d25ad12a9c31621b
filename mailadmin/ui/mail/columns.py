"""How the window shows the columns of the Queue and of the Log."""

from __future__ import annotations

from typing import Protocol, TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.domain.domain_names import both_forms
from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.log import LogEntry, LogStatus
from mailadmin.domain.queue import QueuedEmail, QueueStatus
from mailadmin.tables.log import LOG
from mailadmin.tables.query import UNDECIDED
from mailadmin.tables.queue import QUEUE
from mailadmin.ui.table.column import Look, ShownColumn, shown
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.words.status_words import Status, status_icon, status_meaning, status_word


class MailRow(Protocol):
    """One email in either table."""

    @property
    def email(self) -> str: ...

    @property
    def status(self) -> Status: ...


R = TypeVar("R", bound=MailRow)


def queue_columns(icons: Icons) -> tuple[ShownColumn[QueuedEmail], ...]:
    """ID to Reason, as the design names them."""
    return shown(QUEUE, {"email": _email(), "status": _status(icons, QueueStatus)})


def log_columns(icons: Icons) -> tuple[ShownColumn[LogEntry], ...]:
    """ID to Reason, as the design names them."""
    return shown(LOG, {"email": _email(), "status": _status(icons, LogStatus)})


def _email() -> Look[R]:
    return Look(tooltip=lambda row: both_forms(row.email))


def _status(icons: Icons, kind: type[QueueStatus] | type[LogStatus]) -> Look[R]:
    def word(value: str) -> str:
        if value == UNDECIDED:
            return QCoreApplication.translate(
                "Status", QT_TRANSLATE_NOOP("Status", "Needs a decision")
            )
        return status_word(kind(value))

    def word_icon(value: str) -> QIcon:
        if value == UNDECIDED:
            return icons.icon(IconName.WARNING, Role.WARNING)
        return icons.icon(*status_icon(kind(value)))

    return Look(
        text=lambda row: status_word(row.status),
        tooltip=lambda row: status_meaning(row.status),
        icon=lambda row: icons.icon(*status_icon(row.status)),
        word=word,
        word_icon=word_icon,
    )
