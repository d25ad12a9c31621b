"""Says what became of a test message: its state, the reason, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QCoreApplication

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.log import LogStatus
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.ui.details.loaded_message import EmailState
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
    state = fate.state
    if state is None:
        return Told(
            IconName.DELETE,
            Role.MUTED,
            _tr(QT_TRANSLATE_NOOP("Trial", "Deleted")),
            _tr(
                QT_TRANSLATE_NOOP("Trial", "It was taken out of the queue before it could be sent.")
            ),
        )
    match state.status:
        case LogStatus.SUCCESS:
            return _accepted(state, recipient)
        case QueueStatus.IN_PROGRESS | LogStatus.IN_PROGRESS:
            return _under_way(state.status)
        case QueueStatus.QUEUED | QueueStatus.DEFERRED:
            off = fate.provider is not None and not fate.provider.enabled
            return _waiting(state, standing, off=off, paused=paused)
        case QueueStatus.FAILED | LogStatus.FAIL:
            return _refused(state)
    icon, role = status_icon(state.status)
    reason = _reason(state) or status_meaning(state.status)
    words = _tr(QT_TRANSLATE_NOOP("Trial", "Needs your decision"))
    return Told(icon, role, words, reason, _reply(state), Remedy.SHOW_QUEUE)


def before_queueing() -> Told:
    """Return the result while the message is being stored."""
    return _under_way(QueueStatus.QUEUED)


def _accepted(state: EmailState, recipient: str) -> Told:
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
        _reply(state),
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


def _waiting(state: EmailState, standing: Standing | None, *, off: bool, paused: bool) -> Told:
    if paused:
        return Told(
            IconName.PAUSED,
            Role.WARNING,
            _tr(QT_TRANSLATE_NOOP("Trial", "Sending is paused")),
            _tr(QT_TRANSLATE_NOOP("Trial", "It waits in the queue until you resume sending.")),
            remedy=Remedy.RESUME_SENDING,
            again=False,
        )
    tried = bool(state.attempts) and state.attempts[-1].finished_at is not None
    if standing is not None and (off or standing.role in _IN_THE_WAY):
        sentences = [standing.detail, _advice(state) if tried else ""]
        return Told(
            standing.icon,
            standing.role,
            standing.words,
            _together(sentences),
            _reply(state),
            Remedy.OPEN_PROVIDER,
        )
    if state.status is QueueStatus.QUEUED and not tried:
        return before_queueing()
    sentences = [_reason(state), _advice(state)]
    if state.next_attempt_date is not None:
        again = _tr(QT_TRANSLATE_NOOP("Trial", "It is tried again at {time}."))
        sentences.append(again.format(time=short_date(state.next_attempt_date)))
    return Told(
        IconName.DEFERRED,
        Role.WARNING,
        _tr(QT_TRANSLATE_NOOP("Trial", "Not accepted yet")),
        _together(sentences),
        _reply(state),
        _remedy(state),
    )


def _refused(state: EmailState) -> Told:
    return Told(
        IconName.FAILED,
        Role.BAD,
        _tr(QT_TRANSLATE_NOOP("Trial", "Not accepted")),
        _together([_reason(state), _advice(state)]),
        _reply(state),
        _remedy(state),
    )


def _remedy(state: EmailState) -> Remedy | None:
    stage = state.attempts[-1].stage if state.attempts else None
    return None if stage in _ABOUT_MESSAGE else Remedy.OPEN_PROVIDER


def _reason(state: EmailState) -> str:
    return state.reason or (state.attempts[-1].reason if state.attempts else "")


def _reply(state: EmailState) -> str:
    return state.attempts[-1].reply_text if state.attempts else ""


def _advice(state: EmailState) -> str:
    stage = state.attempts[-1].stage if state.attempts else None
    return _tr(_ADVICE[stage]) if stage in _ADVICE else ""


def _together(sentences: list[str]) -> str:
    return "\n".join(sentence for sentence in sentences if sentence)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Trial", text)
