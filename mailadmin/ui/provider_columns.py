"""The columns of the Providers."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.core.domain import Encryption, Provider
from mailadmin.core.errors import QT_TRANSLATE_NOOP
from mailadmin.ui.column import Align, Column
from mailadmin.ui.icon_names import IconName
from mailadmin.ui.icons import Icons
from mailadmin.ui.provider_standing import ProviderStandings
from mailadmin.ui.status_colors import Role

HEALTH = "health"  # known to the window alone, so the store can't sort by it
_ENCRYPTIONS = {
    Encryption.TLS: QT_TRANSLATE_NOOP("Provider", "TLS: the connection is encrypted by STARTTLS."),
    Encryption.SSL: QT_TRANSLATE_NOOP("Provider", "SSL: the connection is encrypted throughout."),
    Encryption.NONE: QT_TRANSLATE_NOOP("Provider", "None: plain text, on this computer only."),
}


class HealthCell:
    """Word, icon and tooltip that tell how a provider stands."""

    def __init__(self, icons: Icons, standings: ProviderStandings) -> None:
        self._icons = icons
        self._standings = standings

    def text(self, provider: Provider) -> str:
        """A few words."""
        return self._standings.of(provider).words

    def icon(self, provider: Provider) -> QIcon:
        """A shape for each, whatever the colours."""
        standing = self._standings.of(provider)
        return self._icons.icon(standing.icon, standing.role)

    def tooltip(self, provider: Provider) -> str:
        """Why it stands so, and what to do about it."""
        standing = self._standings.of(provider)
        return f"{standing.words}\n{standing.detail}".strip()


def provider_columns(icons: Icons, health: HealthCell) -> tuple[Column[Provider], ...]:
    """ID to Enabled, as the design names them, and Health."""
    return (
        Column(
            "id",
            QT_TRANSLATE_NOOP("Column", "ID"),
            lambda row: row.id,
            align=Align.RIGHT,
            width=44,
        ),
        Column(
            "caption", QT_TRANSLATE_NOOP("Column", "Caption"), lambda row: row.caption, width=115
        ),
        Column("driver", QT_TRANSLATE_NOOP("Column", "Driver"), lambda row: row.driver, width=52),
        Column("host", QT_TRANSLATE_NOOP("Column", "Host"), lambda row: row.host, width=112),
        Column(
            "port",
            QT_TRANSLATE_NOOP("Column", "Port"),
            lambda row: row.port,
            align=Align.RIGHT,
            width=50,
        ),
        Column(
            "username", QT_TRANSLATE_NOOP("Column", "Username"), lambda row: row.username, width=90
        ),
        Column(
            "send_from",
            QT_TRANSLATE_NOOP("Column", "Send from"),
            lambda row: row.send_from,
            width=125,
        ),
        Column(
            "send_from_name",
            QT_TRANSLATE_NOOP("Column", "Send from name"),
            lambda row: row.send_from_name,
            width=100,
        ),
        Column(
            "encryption",
            QT_TRANSLATE_NOOP("Column", "Encryption"),
            lambda row: row.encryption,
            text=lambda row: (
                _tr(QT_TRANSLATE_NOOP("Provider", "None"))
                if row.encryption is Encryption.NONE
                else row.encryption.value
            ),
            tooltip=lambda row: _tr(_ENCRYPTIONS[row.encryption]),
            width=76,
        ),
        Column(
            "enabled",
            QT_TRANSLATE_NOOP("Column", "Enabled"),
            lambda row: row.enabled,
            tooltip=lambda row: _tr(
                QT_TRANSLATE_NOOP("Provider", "Mail is sent through this provider.")
                if row.enabled
                else QT_TRANSLATE_NOOP("Provider", "Nothing is sent through this provider.")
            ),
            icon=lambda row: (
                icons.icon(IconName.OK, Role.OK)
                if row.enabled
                else icons.icon(IconName.OFF, Role.MUTED)
            ),
            width=64,
        ),
        Column(
            HEALTH,
            QT_TRANSLATE_NOOP("Column", "Health"),
            health.text,
            tooltip=health.tooltip,
            icon=health.icon,
            width=160,
        ),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("Provider", text)
