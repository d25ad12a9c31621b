"""Says what became of a test message: its state, the reason, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QCoreApplication

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.log import LogStatus
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.ui.details.loaded_message import Progress
from mailadmin.ui.providers.standing import Standing
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.welcome.trial_message import Fate
from mailadmin.ui.words.cell_text import short_date
from mailadmin.ui.words.status_words import status_icon, status_meaning


class Remedy(Enum):
    """The actions that a result's button can offer."""

    OPEN_PROVIDER = auto()
    RESUME_SENDING = auto()
    SHOW_QUEUE = auto()


@dataclass(frozen=True, slots=True)
class Told:
    """A result: a few words with an icon of the same meaning, and sentences with the advice."""

    icon: IconName
    role: Role
    words: str
    sentence: str
    reply: str = ""  # the server's, verbatim
    remedy: Remedy | None = None
    accepted: bool = False
    again: bool = True  # whether another test message makes sense


_ADVICE: dict[str | None, str] = {
    Stage.CREDENTIALS: QT_TRANSLATE_NOOP("Trial", "Check user name and password of the provider."),
    Stage.DNS: QT_TRANSLATE_NOOP(
        "Trial", "Check the provider's host, and whether this computer has a network."
    ),
    Stage.CONNECT: QT_TRANSLATE_NOOP(
        "Trial", "Check host and port of the provider, and whether a firewall is in the way."
    ),
    Stage.GREETING: QT_TRANSLATE_NOOP("Trial", "Check host, port and encryption of the provider."),
    Stage.TLS: QT_TRANSLATE_NOOP(
        "Trial", "Check the provider's encryption and port, and which certificate it trusts."
    ),
    Stage.AUTH: QT_TRANSLATE_NOOP("Trial", "Check user name and password of the provider."),
    Stage.MAIL: QT_TRANSLATE_NOOP(
        "Trial", "Check the address the provider sends from: the server must allow it."
    ),
    Stage.RCPT: QT_TRANSLATE_NOOP("Trial", "Check the address of the recipient."),
}
_ABOUT_MESSAGE: frozenset[str | None] = frozenset((Stage.RCPT, Stage.DATA, Stage.END_OF_DATA))
_IN_THE_WAY = frozenset((Role.WARNING, Role.BAD))


def tell(fate: Fate, standing: Standing | None, *, paused: bool, recipient: str) -> Told:
    """Return the result for the message to `recipient`.

    `standing` is that of its provider, None if the provider was deleted; `paused` says that sending
    is paused.
    """
    progress = fate.progress
    if progress is None:
        return Told(
            IconName.DELETE,
            Role.MUTED,
            _tr(QT_TRANSLATE_NOOP("Trial", "Deleted")),
            _tr(
                QT_TRANSLATE_NOOP("Trial", "It was taken out of the queue before it could be sent.")
            ),
        )
    match progress.status:
        case LogStatus.SUCCESS:
            return _accepted(progress, recipient)
        case QueueStatus.IN_PROGRESS | LogStatus.IN_PROGRESS:
            return _under_way(progress.status)
        case QueueStatus.QUEUED | QueueStatus.DEFERRED:
            off = fate.provider is not None and not fate.provider.enabled
            return _waiting(progress, standing, off=off, paused=paused)
        case QueueStatus.FAILED | LogStatus.FAIL:
            return _refused(progress)
    icon, role = status_icon(progress.status)
    reason = _reason(progress) or status_meaning(progress.status)
    words = _tr(QT_TRANSLATE_NOOP("Trial", "Needs your decision"))
    return Told(icon, role, words, reason, _reply(progress), Remedy.SHOW_QUEUE)


def before_queueing() -> Told:
    """Return the result while the message is being stored."""
    return _under_way(QueueStatus.QUEUED)


def _accepted(progress: Progress, recipient: str) -> Told:
    return Told(
        IconName.SUCCESS,
        Role.OK,
        _tr(QT_TRANSLATE_NOOP("Trial", "Accepted by the server")),
        _tr(
            QT_TRANSLATE_NOOP(
                "Trial",
                "Look for it in the inbox of {address}, and among the spam if it isn't there in "
                "a few minutes.",
            )
        ).format(address=recipient),
        _reply(progress),
        accepted=True,
    )


def _under_way(status: QueueStatus | LogStatus) -> Told:
    icon, role = status_icon(status)
    if status is QueueStatus.QUEUED:
        words = _tr(QT_TRANSLATE_NOOP("Trial", "Queued"))
        sentence = _tr(QT_TRANSLATE_NOOP("Trial", "It is sent next."))
    else:
        words = _tr(QT_TRANSLATE_NOOP("Trial", "Being sent…"))
        sentence = _tr(QT_TRANSLATE_NOOP("Trial", "The server is being talked to."))
    return Told(icon, role, words, sentence, again=False)


def _waiting(progress: Progress, standing: Standing | None, *, off: bool, paused: bool) -> Told:
    if paused:
        return Told(
            IconName.PAUSED,
            Role.WARNING,
            _tr(QT_TRANSLATE_NOOP("Trial", "Sending is paused")),
            _tr(QT_TRANSLATE_NOOP("Trial", "It waits in the queue until you resume sending.")),
            remedy=Remedy.RESUME_SENDING,
            again=False,
        )
    tried = bool(progress.attempts) and progress.attempts[-1].finished_at is not None
    if standing is not None and (off or standing.role in _IN_THE_WAY):
        sentences = [standing.detail, _advice(progress) if tried else ""]
        return Told(
            standing.icon,
            standing.role,
            standing.words,
            _together(sentences),
            _reply(progress),
            Remedy.OPEN_PROVIDER,
        )
    if progress.status is QueueStatus.QUEUED and not tried:
        return before_queueing()
    sentences = [_reason(progress), _advice(progress)]
    if progress.next_attempt_date is not None:
        again = _tr(QT_TRANSLATE_NOOP("Trial", "It is tried again at {time}."))
        sentences.append(again.format(time=short_date(progress.next_attempt_date)))
    return Told(
        IconName.DEFERRED,
        Role.WARNING,
        _tr(QT_TRANSLATE_NOOP("Trial", "Not accepted yet")),
        _together(sentences),
        _reply(progress),
        _remedy(progress),
    )


def _refused(progress: Progress) -> Told:
    return Told(
        IconName.FAILED,
        Role.BAD,
        _tr(QT_TRANSLATE_NOOP("Trial", "Not accepted")),
        _together([_reason(progress), _advice(progress)]),
        _reply(progress),
        _remedy(progress),
    )


def _remedy(progress: Progress) -> Remedy | None:
    stage = progress.attempts[-1].stage if progress.attempts else None
    return None if stage in _ABOUT_MESSAGE else Remedy.OPEN_PROVIDER


def _reason(progress: Progress) -> str:
    return progress.reason or (progress.attempts[-1].reason if progress.attempts else "")


def _reply(progress: Progress) -> str:
    return progress.attempts[-1].reply_text if progress.attempts else ""


def _advice(progress: Progress) -> str:
    stage = progress.attempts[-1].stage if progress.attempts else None
    return _tr(_ADVICE[stage]) if stage in _ADVICE else ""


def _together(sentences: list[str]) -> str:
    return "\n".join(sentence for sentence in sentences if sentence)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Trial", text)
