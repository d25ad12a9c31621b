"""A dark palette for desktops that know none.

Where the platform follows a requested colour scheme (Windows, macOS, GNOME, KDE) its own colours
are used. On a plain X server Qt has no such platform theme, and the choice "Dark" would do nothing.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

_COLORS = {
    QPalette.ColorRole.Window: "#2f3133",
    QPalette.ColorRole.WindowText: "#eceded",
    QPalette.ColorRole.Base: "#1f2123",
    QPalette.ColorRole.AlternateBase: "#27292c",
    QPalette.ColorRole.Text: "#eceded",
    QPalette.ColorRole.PlaceholderText: "#9aa0a4",
    QPalette.ColorRole.Button: "#3a3d40",
    QPalette.ColorRole.ButtonText: "#eceded",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#3a3d40",
    QPalette.ColorRole.ToolTipText: "#eceded",
    QPalette.ColorRole.Highlight: "#2a6fb0",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Accent: "#2a6fb0",
    QPalette.ColorRole.Link: "#7ab7f0",
    QPalette.ColorRole.LinkVisited: "#b9a3e3",
    QPalette.ColorRole.Light: "#505458",
    QPalette.ColorRole.Midlight: "#45494c",
    QPalette.ColorRole.Mid: "#232527",
    QPalette.ColorRole.Dark: "#1a1c1d",
    QPalette.ColorRole.Shadow: "#101112",
}
_DISABLED_TEXT = "#7d8387"
_TEXTS = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
    QPalette.ColorRole.HighlightedText,
)


def dark_palette() -> QPalette:
    """Light text on dark surfaces, contrast 4.5:1 or more for every text that can be used."""
    palette = QPalette()
    for role, color in _COLORS.items():
        palette.setColor(role, QColor(color))
    for role in _TEXTS:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(_DISABLED_TEXT))
    palette.setColor(
        QPalette.ColorGroup.Disabled,
        QPalette.ColorRole.Highlight,
        QColor(_COLORS[QPalette.ColorRole.Button]),
    )
    return palette
