"""Pictures of everything that the program shows, and a check that its texts fit.

The pictures go to the folder that MAILADMIN_SCREENSHOTS names, to be looked at, or else to the
test's own. The looks are light, dark, with texts 40 % longer, and these mirrored and dark;
QT_SCALE_FACTOR gives another size. Without that folder only those with longer texts are made.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.credentials import MemoryCredentials
from mailadmin.domain.log import LogStatus
from mailadmin.place.paths import AppPaths
from mailadmin.tables.query import TableQuery
from mailadmin.ui.app import build
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.upkeep.about import about_box
from mailadmin.ui.window.main_window import MainWindow
from tests.ui.clipped_text import clipped
from tests.ui.finding import child, select_row
from tests.ui.pseudo_translation import PseudoTranslator
from tests.ui.scenes import WindowScenes, fill

_SIZE = QSize(1100, 640)
_LAYOUT = 200  # milliseconds
_WANTED = os.environ.get("MAILADMIN_SCREENSHOTS")
_SCALE = os.environ.get("QT_SCALE_FACTOR", "1")


@dataclass(frozen=True)
class Look:
    """One look of the program."""

    name: str
    dark: bool = False
    longer: bool = False
    mirrored: bool = False


_LONGER = (Look("longer", longer=True), Look("mirrored", dark=True, longer=True, mirrored=True))
_LOOKS = (Look("light"), Look("dark", dark=True), *_LONGER) if _WANTED else _LONGER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = Path(_WANTED) if _WANTED else tmp_path / "screenshots"
    made.mkdir(parents=True, exist_ok=True)
    return made


def lightness(widget: QWidget, path: Path) -> float:
    """Save a picture; return the mean lightness of its pixels, 0 to 1."""
    picture = widget.grab()
    assert picture.save(str(path)), path
    small = picture.toImage().scaled(
        16, 16, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    pixels = [QColor(small.pixel(x, y)).lightnessF() for x in range(16) for y in range(16)]
    return sum(pixels) / len(pixels)


@pytest.fixture
def pseudo_language(qapp: QApplication) -> Iterator[Callable[[], object]]:
    """A function that translates all texts from its call on until the test ends."""
    translator = PseudoTranslator()
    yield lambda: qapp.installTranslator(translator)
    qapp.removeTranslator(translator)


@pytest.mark.thorough
@pytest.mark.qt_log_ignore("This plugin does not support")  # popups
@pytest.mark.parametrize("look", _LOOKS, ids=lambda look: look.name)
def test_every_text_fits_into_its_place(
    look: Look,
    folder: Path,
    tmp_path: Path,
    qtbot: QtBot,
    qapp: QApplication,
    pseudo_language: Callable[[], object],
) -> None:
    database = tmp_path / "mail.db"
    fill(database)
    if look.longer:
        pseudo_language()
    if look.mirrored:
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    _, window = build(
        ["mailadmin"],
        database,
        credentials=MemoryCredentials(),
        paths=AppPaths.below(tmp_path),
    )
    problems: dict[str, list[str]] = {}
    try:
        scheme = Qt.ColorScheme.Dark if look.dark else Qt.ColorScheme.Light
        child(window, QAction, f"appearance{scheme.name}Action").trigger()
        child(window, QAction, "pauseSendingAction").setChecked(True)
        window.resize(_SIZE)
        with qtbot.waitExposed(window):
            window.show()
        for name, widget in WindowScenes(window, database, tmp_path, qtbot).scenes():
            lightness(widget, folder / f"{name}-{look.name}-{_SCALE}x.png")
            if clipped(widget):
                qtbot.wait(_LAYOUT)  # a text that has just changed gets its space a moment later
            if found := clipped(widget):
                problems[name] = found
    finally:
        child(window, QAction, "appearanceUnknownAction").trigger()
        window.close()
        with qtbot.waitSignal(window.destroyed):
            window.deleteLater()
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert not problems, "\n".join(
        f"{name}: {each}" for name, found in problems.items() for each in found
    )


def finished(window: MainWindow) -> bool:
    """Return whether the demo has failures and successes to show."""
    log = window.tab(LogTab).model
    entries = [log.value_at(row) for row in range(log.total)]
    statuses = {entry.status for entry in entries if entry is not None}
    return {LogStatus.FAIL, LogStatus.SUCCESS} <= statuses and log.total >= 12


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", [Qt.ColorScheme.Light, Qt.ColorScheme.Dark])
def test_every_tab_and_dialog_of_the_demo_is_light_or_dark(
    scheme: Qt.ColorScheme, folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    _, window = build(["mailadmin", "--demo"], paths=AppPaths.below(tmp_path))
    child(window, QAction, f"appearance{scheme.name}Action").trigger()
    dark = scheme is Qt.ColorScheme.Dark
    found: dict[str, float] = {}

    def shoot(name: str, widget: QWidget) -> None:
        found[name] = lightness(widget, folder / f"demo-{name}-{scheme.name.lower()}-{_SCALE}x.png")

    try:
        window.resize(_SIZE)
        window.show()
        for tab in window.tabs:
            qtbot.waitUntil(lambda tab=tab: tab.model.loaded, timeout=10_000)  # type: ignore[misc]
        window.tab(LogTab).model.set_query(TableQuery())
        qtbot.waitUntil(lambda: finished(window), timeout=30_000)
        for tab in window.tabs:
            window.show_tab(tab)
            qtbot.waitUntil(lambda tab=tab: tab.model.value_at(0) is not None)  # type: ignore[misc]
            select_row(tab.table, 1)
            qtbot.wait(100)  # the toolbar is laid out anew; people look at the picture
            shoot(tab.key, window)
        for name, open_dialog in dialogs(window).items():
            open_dialog()
            qtbot.waitUntil(lambda: bool(visible_dialogs(window)))
            (dialog,) = visible_dialogs(window)
            qtbot.wait(300)  # the values come from other threads; people look at the picture
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
    """Return the dialogs that are open."""
    return [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]


def dialogs(window: MainWindow) -> dict[str, Callable[[], object]]:
    """Return the functions that open the dialogs, by name."""
    providers = window.tab(ProvidersTab)

    def tested() -> None:
        providers.open_provider(1)

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
            lightness(window, folder / f"empty-{tab.key}-{_SCALE}x.png")
    finally:
        window.close()
        window.deleteLater()
