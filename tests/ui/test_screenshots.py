"""Pictures of every tab and dialog in light and dark, to be looked at.

They go to the folder that MAILADMIN_SCREENSHOTS names, else to the test's own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QDialog, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.core.domain import LogStatus
from mailadmin.core.table_query import TableQuery
from mailadmin.paths import AppPaths
from mailadmin.ui.about import about_box
from mailadmin.ui.app import build
from mailadmin.ui.main_window import MainWindow
from tests.ui.finding import child, select_row

_SIZE = QSize(1100, 640)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    named = os.environ.get("MAILADMIN_SCREENSHOTS")
    made = Path(named) if named else tmp_path / "screenshots"
    made.mkdir(parents=True, exist_ok=True)
    return made


def lightness(widget: QWidget, path: Path) -> float:
    """Save a picture; gives the mean lightness of its pixels, 0 to 1."""
    picture = widget.grab()
    assert picture.save(str(path)), path
    small = picture.toImage().scaled(
        16, 16, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    pixels = [QColor(small.pixel(x, y)).lightnessF() for x in range(16) for y in range(16)]
    return sum(pixels) / len(pixels)


def finished(window: MainWindow) -> bool:
    """Whether the demo has failures and successes to show."""
    log = window.tabs[2].model
    entries = [log.value_at(row) for row in range(log.total)]
    statuses = {entry.status for entry in entries if entry is not None}
    return {LogStatus.FAIL, LogStatus.SUCCESS} <= statuses and log.total >= 12


@pytest.mark.parametrize("scheme", [Qt.ColorScheme.Light, Qt.ColorScheme.Dark])
def test_every_tab_and_dialog(
    scheme: Qt.ColorScheme, folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    _, window = build(["mailadmin", "--demo"], paths=AppPaths.below(tmp_path))
    child(window, QAction, f"appearance{scheme.name}Action").trigger()
    dark = scheme is Qt.ColorScheme.Dark
    found: dict[str, float] = {}

    def shoot(name: str, widget: QWidget) -> None:
        found[name] = lightness(widget, folder / f"{name}-{scheme.name.lower()}.png")

    try:
        window.resize(_SIZE)
        window.show()
        for tab in window.tabs:
            qtbot.waitUntil(lambda tab=tab: tab.model.loaded, timeout=10_000)  # type: ignore[misc]
        window.tabs[2].model.set_query(TableQuery())
        qtbot.waitUntil(lambda: finished(window), timeout=30_000)
        for tab in window.tabs:
            window.show_tab(tab)
            qtbot.waitUntil(lambda tab=tab: tab.model.value_at(0) is not None)  # type: ignore[misc]
            select_row(tab.table, 1)
            qtbot.wait(100)  # the toolbar is laid out anew; the picture is for people
            shoot(tab.key, window)
        for name, open_dialog in dialogs(window).items():
            open_dialog()
            qtbot.waitUntil(lambda: bool(visible_dialogs(window)))
            (dialog,) = visible_dialogs(window)
            qtbot.wait(300)  # the values come from other threads, the picture is for people
            shoot(name, dialog)
            dialog.done(0)
            qtbot.waitUntil(lambda: not visible_dialogs(window))
    finally:
        child(window, QAction, "appearanceUnknownAction").trigger()
        window.close()
        window.deleteLater()
    assert len(found) == 9
    for name, mean in found.items():
        assert mean < 0.45 if dark else mean > 0.7, (name, mean)


def visible_dialogs(window: MainWindow) -> list[QDialog]:
    """The dialogs that are open."""
    return [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]


def dialogs(window: MainWindow) -> dict[str, Callable[[], object]]:
    """How each dialog is opened."""
    providers = window.tabs[0]

    def tested() -> None:
        providers.open_provider(1)  # type: ignore[attr-defined]

    def first(tab_index: int) -> None:
        tab = window.tabs[tab_index]
        tab.open_details(tab.model.id_at(0))  # type: ignore[attr-defined]

    def about() -> None:
        about_box(window, window.icons, "mailadmin.db", "3.54.1").open()

    return {
        "provider": tested,
        "new-provider": child(window, QAction, "newProviderAction").trigger,
        "preferences": child(window, QAction, "preferencesAction").trigger,
        "new-message": child(window, QAction, "newMessageAction").trigger,
        "log-details": lambda: first(2),
        "about": about,
    }


def test_an_empty_table_says_what_to_do(folder: Path, tmp_path: Path, qtbot: QtBot) -> None:
    _, window = build(["mailadmin"], tmp_path / "mail.db", paths=AppPaths.below(tmp_path))
    try:
        window.resize(_SIZE)
        window.show()
        for tab in window.tabs:
            window.show_tab(tab)
            qtbot.waitUntil(lambda tab=tab: tab.model.loaded)  # type: ignore[misc]
            sentence = child(tab, QLabel, "emptySentence")
            qtbot.waitUntil(sentence.isVisible)
            assert sentence.text().endswith(".")
            assert child(tab, QToolButton, "emptyButton").isVisible() is (tab.key != "log")
            lightness(window, folder / f"empty-{tab.key}.png")
    finally:
        window.close()
        window.deleteLater()
