"""Remembers the size of the last details window, and the tab that was in front."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QTabWidget, QWidget

_SIZE = "details/geometry"
_TAB = "details/tab"
_WIDTH, _HEIGHT = 120, 36  # average characters, lines


class DetailsMemory:
    """Gives `window` the size of the last one, and brings the same of its `tabs` to the front."""

    def __init__(self, window: QWidget, tabs: QTabWidget, settings: QSettings | None) -> None:
        self._window = window
        self._tabs = tabs
        self._settings = settings
        metrics = window.fontMetrics()
        window.resize(metrics.averageCharWidth() * _WIDTH, metrics.lineSpacing() * _HEIGHT)
        self._remembered = settings is not None and settings.contains(_TAB)
        if settings is None:
            return
        geometry = settings.value(_SIZE)
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
        place = str(settings.value(_TAB, ""))
        if place.isdigit() and int(place) < tabs.count():
            tabs.setCurrentIndex(int(place))

    def prefer(self, tab: QWidget) -> None:
        """Bring a tab to the front unless the user chose one before."""
        if not self._remembered:
            self._tabs.setCurrentWidget(tab)

    def save(self) -> None:
        """Save size and tab for the next window."""
        if self._settings is not None:
            self._settings.setValue(_SIZE, self._window.saveGeometry())
            self._settings.setValue(_TAB, self._tabs.currentIndex())
