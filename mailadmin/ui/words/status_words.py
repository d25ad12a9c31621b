"""The status of an email as a person reads it: a word, and an icon of the same meaning."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.log import LogStatus
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.queue import QueueStatus
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.status_colors import Role

Status = QueueStatus | LogStatus

# The words of QueueStatus and LogStatus, listed for lupdate.
_WORDS = (
    QT_TRANSLATE_NOOP("Status", "QUEUED"),
    QT_TRANSLATE_NOOP("Status", "IN PROGRESS"),
    QT_TRANSLATE_NOOP("Status", "DEFERRED"),
    QT_TRANSLATE_NOOP("Status", "UNCERTAIN"),
    QT_TRANSLATE_NOOP("Status", "HELD"),
    QT_TRANSLATE_NOOP("Status", "FAILED"),
    QT_TRANSLATE_NOOP("Status", "FAIL"),
    QT_TRANSLATE_NOOP("Status", "SUCCESS"),
)

_MEANINGS: dict[Status, str] = {
    QueueStatus.QUEUED: QT_TRANSLATE_NOOP("Status", "Waits for its first attempt"),
    QueueStatus.IN_PROGRESS: QT_TRANSLATE_NOOP("Status", "Is being sent now"),
    QueueStatus.DEFERRED: QT_TRANSLATE_NOOP(
        "Status", "Could not be sent yet; will be tried again at the next attempt date"
    ),
    QueueStatus.UNCERTAIN: QT_TRANSLATE_NOOP(
        "Status", "May have been accepted: the connection was lost before the server's answer"
    ),
    QueueStatus.HELD: QT_TRANSLATE_NOOP("Status", "Stays here until you release it"),
    QueueStatus.FAILED: QT_TRANSLATE_NOOP(
        "Status", "Refused for good; stays here until you delete it or send it again"
    ),
    LogStatus.IN_PROGRESS: QT_TRANSLATE_NOOP("Status", "Is being sent now"),
    LogStatus.FAIL: QT_TRANSLATE_NOOP("Status", "The last attempt did not succeed"),
    LogStatus.SUCCESS: QT_TRANSLATE_NOOP("Status", "The server took the message"),
}

_ICONS: dict[Status, tuple[IconName, Role]] = {
    QueueStatus.QUEUED: (IconName.QUEUED, Role.MUTED),
    QueueStatus.IN_PROGRESS: (IconName.IN_PROGRESS, Role.INFO),
    QueueStatus.DEFERRED: (IconName.DEFERRED, Role.WARNING),
    QueueStatus.UNCERTAIN: (IconName.UNCERTAIN, Role.WARNING),
    QueueStatus.HELD: (IconName.HELD, Role.INFO),
    QueueStatus.FAILED: (IconName.FAILED, Role.BAD),
    LogStatus.IN_PROGRESS: (IconName.IN_PROGRESS, Role.INFO),
    LogStatus.FAIL: (IconName.FAILED, Role.BAD),
    LogStatus.SUCCESS: (IconName.SUCCESS, Role.OK),
}

_OUTCOMES: dict[OutcomeKind | None, tuple[str, IconName, Role]] = {
    OutcomeKind.ACCEPTED: (QT_TRANSLATE_NOOP("Outcome", "Accepted"), IconName.SUCCESS, Role.OK),
    OutcomeKind.DEFERRED: (
        QT_TRANSLATE_NOOP("Outcome", "Deferred"),
        IconName.DEFERRED,
        Role.WARNING,
    ),
    OutcomeKind.FAILED: (QT_TRANSLATE_NOOP("Outcome", "Failed"), IconName.FAILED, Role.BAD),
    OutcomeKind.PROVIDER_FAULT: (
        QT_TRANSLATE_NOOP("Outcome", "Provider's fault"),
        IconName.WARNING,
        Role.WARNING,
    ),
    OutcomeKind.UNCERTAIN: (
        QT_TRANSLATE_NOOP("Outcome", "Uncertain"),
        IconName.UNCERTAIN,
        Role.WARNING,
    ),
    None: (QT_TRANSLATE_NOOP("Outcome", "No result"), IconName.IN_PROGRESS, Role.MUTED),
}


def status_word(status: Status) -> str:
    """Return the status in the user's language."""
    return QCoreApplication.translate("Status", str(status))


def status_meaning(status: Status) -> str:
    """Return a sentence that says what the status means."""
    return QCoreApplication.translate("Status", _MEANINGS[status])


def status_icon(status: Status) -> tuple[IconName, Role]:
    """Return the icon of the status."""
    return _ICONS[status]


def outcome_word(outcome: OutcomeKind | None) -> str:
    """Return the outcome of an attempt in the user's language; None: no outcome was recorded."""
    return QCoreApplication.translate("Outcome", _OUTCOMES[outcome][0])


def outcome_icon(outcome: OutcomeKind | None) -> tuple[IconName, Role]:
    """Return the icon of the outcome."""
    return _OUTCOMES[outcome][1:]
