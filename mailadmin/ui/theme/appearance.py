"""The choice of the colour scheme: light, dark, or that of the system."""

from __future__ import annotations

from PySide6 import QtCore
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction, QActionGroup, QPalette
from PySide6.QtWidgets import QApplication, QMenu

from mailadmin.ui.theme.dark_palette import dark_palette

_KEY = "window/appearance"


class Appearance:
    """The menu that chooses the colour scheme; the choice is remembered."""

    def __init__(self, application: QApplication, settings: QSettings) -> None:
        self._application = application
        self._settings = settings
        self._name = str(settings.value(_KEY, ""))
        if self._name:
            self.apply()

    def apply(self) -> None:
        """Apply the chosen scheme, with a palette of this program where the platform has none."""
        scheme = self._scheme()
        hints = self._application.styleHints()
        hints.setColorScheme(scheme)
        if scheme in {QtCore.Qt.ColorScheme.Unknown, hints.colorScheme()}:
            self._application.setPalette(QPalette())
        elif scheme is QtCore.Qt.ColorScheme.Dark:
            self._application.setPalette(dark_palette())
        else:
            self._application.setPalette(self._application.style().standardPalette())

    def add_to(self, menu: QMenu) -> None:
        """Add the choices to a menu."""
        group = QActionGroup(menu)
        for scheme, text in (
            (QtCore.Qt.ColorScheme.Unknown, menu.tr("&As the system")),
            (QtCore.Qt.ColorScheme.Light, menu.tr("&Light")),
            (QtCore.Qt.ColorScheme.Dark, menu.tr("&Dark")),
        ):
            action = QAction(text, menu, checkable=True)
            action.setObjectName(f"appearance{scheme.name}Action")
            action.setChecked(scheme is self._scheme())
            action.triggered.connect(lambda _, chosen=scheme: self._choose(chosen))
            group.addAction(action)
            menu.addAction(action)

    def _choose(self, scheme: QtCore.Qt.ColorScheme) -> None:
        self._name = "" if scheme is QtCore.Qt.ColorScheme.Unknown else scheme.name
        self._settings.setValue(_KEY, self._name)
        self.apply()

    def _scheme(self) -> QtCore.Qt.ColorScheme:
        # `Qt` is touched only when needed: see main_window.
        schemes = QtCore.Qt.ColorScheme
        return schemes.__members__.get(self._name, schemes.Unknown)
