"""Fixtures for the tests of the window: a store in a file, background threads, icons, settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.drivers.registry import standard_drivers
from mailadmin.place.paths import find_resources
from mailadmin.store.store import Store
from mailadmin.ui.providers.dialog import ProviderDialog
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from tests.ui.filtered_fruit import FruitTable, MakeFruitTable, fruit_table
from tests.ui.fruit import FruitBasket
from tests.ui.provider_dialogs import Dialogs


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file of its own."""
    store = Store.open(tmp_path / "mailadmin.db", standard_drivers())
    yield store
    store.close()


@pytest.fixture
def background(qapp: QApplication, store: Store) -> Iterator[Background]:
    """Background threads that use `store`; all have ended after the test."""
    del qapp
    background = Background(store.thread)
    yield background
    assert background.close(timeout=60)


@pytest.fixture
def icons(qapp: QApplication) -> Icons:
    """The real icons."""
    del qapp
    return Icons(find_resources() / "icons")


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    """Settings in a file of their own, as at the first start of the program."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def dialogs(qtbot: QtBot, store: Store, background: Background, icons: Icons) -> Iterator[Dialogs]:
    """Provider dialogs on `store`, over a window."""
    window = QWidget()
    window.resize(900, 700)
    window.show()
    yield Dialogs(qtbot, store, background, icons, window)
    for dialog in window.findChildren(ProviderDialog):
        dialog.done(0)
    window.close()


@pytest.fixture
def make_fruit_table(
    qtbot: QtBot, background: Background, icons: Icons, settings: QSettings
) -> MakeFruitTable:
    """A function that makes tables of a hundred fruits with their filters."""

    def make(*, mirrored: bool = False, width: int = 640) -> FruitTable:
        return fruit_table(
            qtbot, FruitBasket(100), background, icons, settings, mirrored=mirrored, width=width
        )

    return make
