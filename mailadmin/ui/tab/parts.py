"""What the tabs are made of."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSettings

from mailadmin.credentials import CredentialStore
from mailadmin.drivers.registry import Drivers
from mailadmin.store import Store
from mailadmin.ui.bulk.undo_history import UndoHistory
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background


@dataclass(frozen=True)
class TabParts:
    """The parts that a tab may need; all tabs of a window share them."""

    store: Store
    credentials: CredentialStore
    drivers: Drivers
    background: Background
    icons: Icons
    undo: UndoHistory
    settings: QSettings
