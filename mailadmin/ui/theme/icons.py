"""Icons of one set, drawn in the palette's colours.

The SVG files say `currentColor`; it becomes the text's colour, the disabled text's, the selected
text's or that of a status. Pixmaps are drawn once per icon, role and palette: a subclass of
QIconEngine would draw them when needed, but a clone made in Python does not survive in C++.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

import shiboken6
from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from mailadmin.ui.theme.icon_names import APPLICATION_ICON, IconName
from mailadmin.ui.theme.status_colors import Role, role_color

_SIZES = (16, 20, 24, 32, 40, 48)  # device pixels: 16 to 24 logical pixels at a scale of 1 and 2
_APPLICATION_SIZES = (16, 24, 32, 48, 64, 128, 256)


class TakesIcon(Protocol):
    """An action, a button or anything else with an icon of its own."""

    def setIcon(self, icon: QIcon, /) -> None:
        """Show `icon`."""


class Icons(QObject):
    """The source of every icon in the windows. Lives in the GUI thread.

    `refresh()` draws the icons anew for the application's present palette; icons put on actions and
    buttons by `put()` change by themselves, other users listen to `changed`.
    """

    changed = Signal()

    def __init__(self, icons_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = icons_dir
        self._sources: dict[str, bytes] = {}
        self._cache: dict[tuple[IconName, Role], QIcon] = {}
        # weak references: the buttons of a closed dialog must not be kept
        self._placed: WeakKeyDictionary[TakesIcon, tuple[IconName, Role]] = WeakKeyDictionary()
        self._palette = QGuiApplication.palette()

    @property
    def palette(self) -> QPalette:
        """The palette the icons are drawn for."""
        return self._palette

    def icon(self, name: IconName, role: Role = Role.PLAIN) -> QIcon:
        """Return the icon with its normal, disabled and selected looks."""
        key = (name, role)
        if key not in self._cache:
            self._cache[key] = self._draw_icon(name, role)
        return self._cache[key]

    def pixmap(
        self, name: IconName, size: int, scale: float = 1.0, role: Role = Role.PLAIN
    ) -> QPixmap:
        """Return a picture of `size` logical pixels for a screen of `scale`, as labels need it."""
        pixels = max(1, round(size * scale))
        pixmap = _tinted(_drawn(self._renderer(name), pixels), role_color(self._palette, role))
        pixmap.setDevicePixelRatio(scale)
        return pixmap

    def put(self, target: TakesIcon, name: IconName, role: Role = Role.PLAIN) -> None:
        """Give `target` the icon now and again whenever the palette changes."""
        self._placed[target] = (name, role)
        target.setIcon(self.icon(name, role))

    def color(self, role: Role) -> QColor:
        """Return the colour for a text of the same meaning as an icon of `role`."""
        return role_color(self._palette, role)

    def application_icon(self) -> QIcon:
        """Return the program's own icon, in its own colours."""
        renderer = self._renderer(APPLICATION_ICON)
        icon = QIcon()
        for size in _APPLICATION_SIZES:
            icon.addPixmap(_drawn(renderer, size))
        return icon

    def refresh(self) -> None:
        """Draw all icons anew if the application's palette has changed."""
        palette = QGuiApplication.palette()
        if palette == self._palette:
            return
        self._palette = palette
        self._cache.clear()
        for target, (name, role) in list(self._placed.items()):
            if not isinstance(target, QObject) or shiboken6.isValid(target):
                target.setIcon(self.icon(name, role))
        self.changed.emit()

    def _draw_icon(self, name: IconName, role: Role) -> QIcon:
        disabled = self._palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
        selected = self._palette.color(
            QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText
        )
        modes = (
            (QIcon.Mode.Normal, role_color(self._palette, role)),
            (QIcon.Mode.Disabled, disabled),
            (QIcon.Mode.Selected, selected),
        )
        renderer = self._renderer(name)
        icon = QIcon()
        for size in _SIZES:
            shape = _drawn(renderer, size)
            for mode, color in modes:
                icon.addPixmap(_tinted(shape, color), mode)
        return icon

    def _renderer(self, name: str) -> QSvgRenderer:
        return QSvgRenderer(QByteArray(self._source(name)))

    def _source(self, name: str) -> bytes:
        if name not in self._sources:
            self._sources[name] = (self._folder / f"{name}.svg").read_bytes()
        return self._sources[name]


def _drawn(renderer: QSvgRenderer, pixels: int) -> QPixmap:
    pixmap = QPixmap(QSize(pixels, pixels))
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return pixmap


def _tinted(shape: QPixmap, color: QColor) -> QPixmap:
    """Return `shape` with every pixel in `color`, as opaque as it was."""
    paint = QPixmap(shape.size())
    paint.fill(color)
    pixmap = QPixmap(shape)
    painter = QPainter(pixmap)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.drawPixmap(0, 0, paint)
    painter.end()
    return pixmap
