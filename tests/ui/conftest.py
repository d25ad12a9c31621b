"""What the tests of windows share: a store in a real file, background threads, icons, settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from mailadmin.paths import find_resources
from mailadmin.store.store import Store
from mailadmin.ui.background import Background
from mailadmin.ui.icons import Icons


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file of its own."""
    store = Store.open(tmp_path / "mailadmin.db")
    yield store
    store.close()


@pytest.fixture
def background(qapp: QApplication, store: Store) -> Iterator[Background]:
    """Background threads that use `store`; all have ended after the test."""
    del qapp
    background = Background(store.thread)
    yield background
    assert background.close(timeout=10)


@pytest.fixture
def icons(qapp: QApplication) -> Icons:
    """The real icons."""
    del qapp
    return Icons(find_resources() / "icons")


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    """Settings in a file of their own, as a program started for the first time has them."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
