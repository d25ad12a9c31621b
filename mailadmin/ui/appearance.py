"""Light, dark, or as the system says."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QActionGroup, QPalette
from PySide6.QtWidgets import QApplication, QMenu

from mailadmin.ui.dark_palette import dark_palette

_KEY = "window/appearance"


class Appearance:
    """The menu that chooses the colour scheme; the choice is remembered."""

    def __init__(self, application: QApplication, settings: QSettings) -> None:
        self._application = application
        self._settings = settings
        self._scheme = _scheme(str(settings.value(_KEY, "")))
        if self._scheme is not Qt.ColorScheme.Unknown:
            self.apply()

    def apply(self) -> None:
        """Put the choice into force, with a palette of our own where the platform has none."""
        hints = self._application.styleHints()
        hints.setColorScheme(self._scheme)
        if self._scheme in {Qt.ColorScheme.Unknown, hints.colorScheme()}:
            self._application.setPalette(QPalette())
        elif self._scheme is Qt.ColorScheme.Dark:
            self._application.setPalette(dark_palette())
        else:
            self._application.setPalette(self._application.style().standardPalette())

    def add_to(self, menu: QMenu) -> None:
        """Add the choices to a menu."""
        group = QActionGroup(menu)
        for scheme, text in (
            (Qt.ColorScheme.Unknown, menu.tr("&As the system")),
            (Qt.ColorScheme.Light, menu.tr("&Light")),
            (Qt.ColorScheme.Dark, menu.tr("&Dark")),
        ):
            action = QAction(text, menu, checkable=True)
            action.setObjectName(f"appearance{scheme.name}Action")
            action.setChecked(scheme == self._scheme)
            action.triggered.connect(lambda _, chosen=scheme: self._choose(chosen))
            group.addAction(action)
            menu.addAction(action)

    def _choose(self, scheme: Qt.ColorScheme) -> None:
        self._scheme = scheme
        self._settings.setValue(_KEY, scheme.name)
        self.apply()


def _scheme(name: str) -> Qt.ColorScheme:
    return Qt.ColorScheme.__members__.get(name, Qt.ColorScheme.Unknown)
