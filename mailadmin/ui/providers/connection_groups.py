"""Which driver has which group Connection: one of its own, or one made of its declared fields."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from mailadmin.drivers.driver import Driver
from mailadmin.drivers.registry import Drivers
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.ui.providers.connection_group import ConnectionGroup
from mailadmin.ui.providers.declared_connection import DeclaredConnection
from mailadmin.ui.providers.smtp_connection import SmtpConnection
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.widgets.field_problems import FieldProblems

_OF_THEIR_OWN: dict[str, type[ConnectionGroup]] = {SmtpSettings.driver: SmtpConnection}


def connection_group(
    driver: Driver[Any],
    drivers: Drivers,
    icons: Icons,
    problems: FieldProblems,
    parent: QWidget,
) -> ConnectionGroup:
    """The group for `driver`, with a choice among all `drivers`."""
    make = _OF_THEIR_OWN.get(driver.name, DeclaredConnection)
    return make(driver, drivers.names, icons, problems, parent)
