"""Light, dark, or as the system says."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QMenu

_KEY = "window/appearance"


class Appearance:
    """The menu that chooses the colour scheme; the choice is remembered."""

    def __init__(self, application: QApplication, settings: QSettings) -> None:
        self._hints = application.styleHints()
        self._settings = settings
        self._scheme = _scheme(str(settings.value(_KEY, "")))
        self.apply()

    def apply(self) -> None:
        """Put the remembered choice into force."""
        self._hints.setColorScheme(self._scheme)

    def add_to(self, menu: QMenu) -> None:
        """Add the choices to a menu."""
        group = QActionGroup(menu)
        for scheme, text in (
            (Qt.ColorScheme.Unknown, menu.tr("&As the system")),
            (Qt.ColorScheme.Light, menu.tr("&Light")),
            (Qt.ColorScheme.Dark, menu.tr("&Dark")),
        ):
            action = QAction(text, menu, checkable=True)
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
