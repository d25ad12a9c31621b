"""How the window shows the columns of the Providers, and Health, which it alone has."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.domain.domain_names import both_forms
from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.provider import Encryption, StoredProvider
from mailadmin.tables.column import Column, Kind
from mailadmin.tables.providers import DISABLED, ENABLED, PROVIDERS
from mailadmin.ui.providers.standing import ProviderStandings
from mailadmin.ui.table.column import Look, ShownColumn, shown
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.words.cell_text import cell_text

HEALTH = "health"  # known to the window alone, so the store can't sort by it
_ENCRYPTIONS = {
    Encryption.TLS: QT_TRANSLATE_NOOP("Provider", "TLS: the connection is encrypted by STARTTLS."),
    Encryption.SSL: QT_TRANSLATE_NOOP("Provider", "SSL: the connection is encrypted throughout."),
    Encryption.NONE: QT_TRANSLATE_NOOP("Provider", "None: plain text, on this computer only."),
}

_HEALTHS = {  # a standing's icon tells it from the others
    IconName.SUCCESS.name: (QT_TRANSLATE_NOOP("Health", "Healthy"), Role.OK),
    IconName.DOT.name: (QT_TRANSLATE_NOOP("Health", "Not used yet"), Role.MUTED),
    IconName.RESEND.name: (QT_TRANSLATE_NOOP("Health", "Trying again"), Role.WARNING),
    IconName.WAITING.name: (QT_TRANSLATE_NOOP("Health", "Limit reached"), Role.WARNING),
    IconName.DEFERRED.name: (QT_TRANSLATE_NOOP("Health", "Resting"), Role.WARNING),
    IconName.OFFLINE.name: (QT_TRANSLATE_NOOP("Health", "Offline"), Role.WARNING),
    IconName.KEY.name: (QT_TRANSLATE_NOOP("Health", "Password needed"), Role.WARNING),
    IconName.PAUSED.name: (QT_TRANSLATE_NOOP("Health", "Paused"), Role.BAD),
    IconName.OFF.name: (QT_TRANSLATE_NOOP("Health", "Disabled"), Role.MUTED),
}


class HealthCell:
    """Word, icon and tooltip that tell how a provider stands."""

    def __init__(self, icons: Icons, standings: ProviderStandings) -> None:
        self._icons = icons
        self._standings = standings

    def state(self, provider: StoredProvider) -> str:
        """The value to filter by: the same for all that rest, until whenever they do."""
        return self._standings.of(provider).icon.name

    def text(self, provider: StoredProvider) -> str:
        """A few words."""
        return self._standings.of(provider).words

    def icon(self, provider: StoredProvider) -> QIcon:
        """A shape for each, whatever the colours."""
        standing = self._standings.of(provider)
        return self._icons.icon(standing.icon, standing.role)

    def tooltip(self, provider: StoredProvider) -> str:
        """Why it stands so, and what to do about it."""
        standing = self._standings.of(provider)
        return f"{standing.words}\n{standing.detail}".strip()


def provider_columns(
    icons: Icons, health: HealthCell, drivers: tuple[str, ...]
) -> tuple[ShownColumn[StoredProvider], ...]:
    """ID to Enabled, as the design names them, and Health; `drivers` are the names there are."""

    def enabled_icon(value: str) -> QIcon:
        if value == ENABLED:
            return icons.icon(IconName.OK, Role.OK)
        return icons.icon(IconName.OFF, Role.MUTED)

    shown_health = Column(
        HEALTH,
        QT_TRANSLATE_NOOP("Column", "Health"),
        Kind.CHOICE,
        of=health.text,
        values=tuple(_HEALTHS),
        width=160,
    )
    looks: dict[str, Look[StoredProvider]] = {
        "host": Look(tooltip=lambda row: both_forms(row.host or "")),
        "send_from": Look(tooltip=lambda row: both_forms(row.send_from)),
        "encryption": Look(
            text=lambda row: _encryption_word(row.encryption) if row.encryption else "",
            tooltip=lambda row: _tr(_ENCRYPTIONS[row.encryption]) if row.encryption else "",
            word=_encryption_word,
        ),
        "enabled": Look(
            tooltip=lambda row: _tr(
                QT_TRANSLATE_NOOP("Provider", "Mail is sent through this provider.")
                if row.enabled
                else QT_TRANSLATE_NOOP("Provider", "Nothing is sent through this provider.")
            ),
            icon=lambda row: enabled_icon(ENABLED if row.enabled else DISABLED),
            word=lambda value: cell_text(value == ENABLED),
            word_icon=enabled_icon,
        ),
        HEALTH: Look(
            tooltip=health.tooltip,
            icon=health.icon,
            word=lambda value: QCoreApplication.translate("Health", _HEALTHS[value][0]),
            word_icon=lambda value: icons.icon(IconName[value], _HEALTHS[value][1]),
        ),
    }
    columns = [
        replace(column, values=drivers) if column.key == "driver" else column
        for column in PROVIDERS
    ]
    return shown((*columns, shown_health), looks)


def _encryption_word(encryption: str) -> str:
    if not encryption:
        return "–"  # of a driver that has none
    if encryption == Encryption.NONE:
        return _tr(QT_TRANSLATE_NOOP("Provider", "None"))
    return str(encryption)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Provider", text)
