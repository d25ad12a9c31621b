"""The sender's state as text and icon, for the status bar."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from mailadmin.delivery import Activity, SenderState
from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.words.errors import explain

_PLAIN = {
    Activity.IDLE: QT_TRANSLATE_NOOP("Status", "Nothing to send"),
    Activity.PAUSED: QT_TRANSLATE_NOOP("Status", "Paused"),
    Activity.NO_PROVIDER: QT_TRANSLATE_NOOP("Status", "No enabled provider"),
    Activity.RESTING: QT_TRANSLATE_NOOP("Status", "Resting after failures"),
    Activity.LIMITED: QT_TRANSLATE_NOOP("Status", "Limit reached"),
    Activity.OFFLINE: QT_TRANSLATE_NOOP("Status", "Offline: waiting for the network"),
    Activity.STOPPED: QT_TRANSLATE_NOOP("Status", "Stopped"),
}
_ICONS = {
    Activity.SENDING: (IconName.IN_PROGRESS, Role.OK),
    Activity.WAITING: (IconName.WAITING, Role.PLAIN),
    Activity.IDLE: (IconName.OK, Role.OK),
    Activity.PAUSED: (IconName.PAUSED, Role.WARNING),
    Activity.NO_PROVIDER: (IconName.WARNING, Role.WARNING),
    Activity.PASSWORD_NEEDED: (IconName.KEY, Role.WARNING),
    Activity.PROVIDER_PAUSED: (IconName.WARNING, Role.BAD),
    Activity.RESTING: (IconName.DEFERRED, Role.WARNING),
    Activity.LIMITED: (IconName.WAITING, Role.WARNING),
    Activity.OFFLINE: (IconName.OFFLINE, Role.WARNING),
    Activity.STORAGE_TROUBLE: (IconName.FAIL, Role.BAD),
    Activity.STOPPED: (IconName.OFF, Role.MUTED),
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Status", text)


def status_icon(state: SenderState) -> tuple[IconName, Role]:
    """Return the icon beside the text."""
    return _ICONS[state.activity]


def status_text(state: SenderState, locale: QLocale) -> str:
    """Return one short line: what the sender does, or what it needs."""
    captions = ", ".join(provider.caption for provider in state.providers)
    match state.activity:
        case Activity.SENDING:
            return _tr("Sending {sending} of {total} · {rate}/min").format(
                sending=locale.toString(state.sending),
                total=locale.toString(state.total),
                rate=locale.toString(state.per_minute),
            )
        case Activity.WAITING if state.until is not None:
            return _tr("Waiting until {time}").format(time=moment(state.until, locale))
        case Activity.PASSWORD_NEEDED:
            return _tr("Password needed for {providers}").format(providers=captions)
        case Activity.PROVIDER_PAUSED:
            return _tr("Paused after an error: {providers}").format(providers=captions)
        case Activity.RESTING if state.until is not None:
            return _tr("Resting until {time} after failures: {providers}").format(
                time=moment(state.until, locale), providers=captions
            )
        case Activity.LIMITED if state.until is not None:
            return _tr("Limit reached, goes on at {time}: {providers}").format(
                time=moment(state.until, locale), providers=captions
            )
        case Activity.STORAGE_TROUBLE if state.trouble is not None:
            return explain(state.trouble)
    return _tr(_PLAIN.get(state.activity, str(state.activity)))


def moment(until: datetime, locale: QLocale) -> str:
    """Return a time of day, with seconds if it is soon, with the date if on another day."""
    when = QDateTime.fromMSecsSinceEpoch(int(until.timestamp() * 1000))
    now = QDateTime.currentDateTime()
    if now.secsTo(when) < 60:
        return locale.toString(when.time(), "HH:mm:ss")
    time = locale.toString(when.time(), QLocale.FormatType.ShortFormat)
    if when.date() == now.date():
        return time
    return f"{locale.toString(when.date(), QLocale.FormatType.ShortFormat)} {time}"
