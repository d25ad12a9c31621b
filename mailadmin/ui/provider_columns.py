"""The columns of the Providers."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.core.domain import Encryption, Provider
from mailadmin.core.errors import QT_TRANSLATE_NOOP
from mailadmin.ui.column import Align, Column
from mailadmin.ui.icon_names import IconName
from mailadmin.ui.icons import Icons
from mailadmin.ui.status_colors import Role

_ENCRYPTIONS = {
    Encryption.TLS: QT_TRANSLATE_NOOP("Provider", "TLS: the connection is encrypted by STARTTLS."),
    Encryption.SSL: QT_TRANSLATE_NOOP("Provider", "SSL: the connection is encrypted throughout."),
    Encryption.NONE: QT_TRANSLATE_NOOP("Provider", "None: plain text, on this computer only."),
}


class EnabledCell:
    """Word, icon and tooltip that tell whether a provider can send, and if not, why."""

    def __init__(self, icons: Icons, password_problems: Mapping[int, str]) -> None:
        self._icons = icons
        self._password_problems = password_problems

    def text(self, provider: Provider) -> str:
        """One or two words."""
        if not provider.enabled:
            return _tr(QT_TRANSLATE_NOOP("Provider", "No"))
        if provider.pause is not None:
            return _tr(QT_TRANSLATE_NOOP("Provider", "Yes, paused"))
        if self._problem(provider):
            return _tr(QT_TRANSLATE_NOOP("Provider", "Yes, password needed"))
        return _tr(QT_TRANSLATE_NOOP("Provider", "Yes"))

    def icon(self, provider: Provider) -> QIcon:
        """A shape for each, whatever the colours."""
        if not provider.enabled:
            return self._icons.icon(IconName.OFF, Role.MUTED)
        if provider.pause is not None:
            return self._icons.icon(IconName.PAUSED, Role.BAD)
        if self._problem(provider):
            return self._icons.icon(IconName.KEY, Role.WARNING)
        return self._icons.icon(IconName.OK, Role.OK)

    def tooltip(self, provider: Provider) -> str:
        """What to do about it."""
        if not provider.enabled:
            return _tr(QT_TRANSLATE_NOOP("Provider", "Nothing is sent through this provider."))
        if provider.pause is not None:
            return _tr(
                QT_TRANSLATE_NOOP(
                    "Provider",
                    "{reason}\nNothing is sent through it until you correct and save it.",
                )
            ).format(reason=provider.pause.reason)
        return self._problem(provider) or _tr(
            QT_TRANSLATE_NOOP("Provider", "Mail is sent through this provider.")
        )

    def _problem(self, provider: Provider) -> str:
        return self._password_problems.get(provider.id or 0, "")


def provider_columns(enabled: EnabledCell) -> tuple[Column[Provider], ...]:
    """ID to Enabled, as the design names them."""
    return (
        Column(
            "id",
            QT_TRANSLATE_NOOP("Column", "ID"),
            lambda row: row.id,
            align=Align.RIGHT,
            width=44,
        ),
        Column(
            "caption", QT_TRANSLATE_NOOP("Column", "Caption"), lambda row: row.caption, width=140
        ),
        Column("driver", QT_TRANSLATE_NOOP("Column", "Driver"), lambda row: row.driver, width=52),
        Column("host", QT_TRANSLATE_NOOP("Column", "Host"), lambda row: row.host, width=130),
        Column(
            "port",
            QT_TRANSLATE_NOOP("Column", "Port"),
            lambda row: row.port,
            align=Align.RIGHT,
            width=50,
        ),
        Column(
            "username", QT_TRANSLATE_NOOP("Column", "Username"), lambda row: row.username, width=120
        ),
        Column(
            "send_from",
            QT_TRANSLATE_NOOP("Column", "Send from"),
            lambda row: row.send_from,
            width=140,
        ),
        Column(
            "send_from_name",
            QT_TRANSLATE_NOOP("Column", "Send from name"),
            lambda row: row.send_from_name,
            width=110,
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
            width=80,
        ),
        Column(
            "enabled",
            QT_TRANSLATE_NOOP("Column", "Enabled"),
            lambda row: row.enabled,
            text=enabled.text,
            tooltip=enabled.tooltip,
            icon=enabled.icon,
            width=110,
        ),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("Provider", text)
