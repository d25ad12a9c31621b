"""The administrator's decisions about mail that may or may not have arrived."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.queue import QueuedEmail, QueueStatus, Resolution
from mailadmin.store import Store
from mailadmin.ui.bulk.actions import BulkAction

_OPEN = frozenset((QueueStatus.UNCERTAIN, QueueStatus.HELD, QueueStatus.DEFERRED))

_QUESTIONS = {
    Resolution.RESEND: (
        QT_TRANSLATE_NOOP(
            "Decisions",
            "Send this message again? If it has arrived already, its recipient gets it twice.",
        ),
        QT_TRANSLATE_NOOP(
            "Decisions",
            "Send {count} messages again? Those that have arrived already reach their recipients "
            "twice.",
        ),
    ),
    Resolution.SENT: (
        QT_TRANSLATE_NOOP(
            "Decisions",
            "Treat this message as sent? It leaves the queue; if it has not arrived, nobody sends "
            "it again unless you resend it from the Log.",
        ),
        QT_TRANSLATE_NOOP(
            "Decisions",
            "Treat {count} messages as sent? They leave the queue; those that have not arrived are "
            "not sent again unless you resend them from the Log.",
        ),
    ),
}
_SEND_NOW = (
    QT_TRANSLATE_NOOP(
        "Decisions",
        "Try this message at once? It may have arrived already; then its recipient gets it twice.",
    ),
    QT_TRANSLATE_NOOP(
        "Decisions",
        "Try {count} messages at once? Some may have arrived already; their recipients get them "
        "twice.",
    ),
)
_TOLD = {
    Resolution.RESEND: (
        QT_TRANSLATE_NOOP("Decisions", "1 message is sent again, as a possible duplicate."),
        QT_TRANSLATE_NOOP("Decisions", "{count} messages are sent again, as possible duplicates."),
    ),
    Resolution.SENT: (
        QT_TRANSLATE_NOOP("Decisions", "1 message is treated as sent. The Log has it."),
        QT_TRANSLATE_NOOP("Decisions", "{count} messages are treated as sent. The Log has them."),
    ),
}


def is_open(status: QueueStatus, possible_duplicate: bool) -> bool:
    """Whether the administrator has to decide about an email of this status."""
    return possible_duplicate and status in _OPEN


def any_open(emails: Iterable[QueuedEmail]) -> bool:
    """Whether the administrator has to decide about one of `emails`."""
    return any(is_open(email.status, email.possible_duplicate) for email in emails)


def question(resolution: Resolution) -> tuple[str, str]:
    """Return the question before the decision for one email, and for `{count}`."""
    return _translated(_QUESTIONS[resolution])


def send_now_question() -> tuple[str, str]:
    """Return the question before Send now, for mail of which some may have arrived."""
    return _translated(_SEND_NOW)


def resolving(store: Store, resolution: Resolution) -> BulkAction:
    """Return the decision as an action on many rows."""
    one, many = _translated(_TOLD[resolution])
    return BulkAction(
        "",
        lambda ids, report: store.queue.resolve(ids, resolution, report),
        QCoreApplication.translate("Decisions", "Deciding: {done} of {total}."),
        one,
        many,
    )


def _translated(texts: tuple[str, str]) -> tuple[str, str]:
    one, many = texts
    return QCoreApplication.translate("Decisions", one), QCoreApplication.translate(
        "Decisions", many
    )
