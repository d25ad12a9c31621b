"""The colours of good, doubtful and bad, chosen in this one place.

Only their hue is fixed. Their lightness follows from the palette, so that text and icons stay
legible on the background of tables, fields and the window, light or dark.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtGui import QColor, QPalette

MINIMUM_CONTRAST = 4.5
"""Contrast ratio of normal text, WCAG 2.1 success criterion 1.4.3 (level AA)."""

_AIM = 5.0  # a little above the minimum, for the rounding to 8 bits per channel
_STEP = 0.01


class Role(StrEnum):
    """The meaning of a text's or an icon's colour, which a shape or a word tells as well."""

    PLAIN = "plain"  # as the text around it
    MUTED = "muted"  # less important than the text around it
    OK = "ok"
    WARNING = "warning"
    BAD = "bad"
    INFO = "info"


# hue in degrees, saturation
_HUES: dict[Role, tuple[float, float]] = {
    Role.OK: (140.0, 0.65),
    Role.WARNING: (36.0, 0.90),
    Role.BAD: (2.0, 0.75),
    Role.INFO: (212.0, 0.75),
}


def role_color(palette: QPalette, role: Role) -> QColor:
    """Return the colour of `role`, with `MINIMUM_CONTRAST` or more on the palette's backgrounds.

    On a palette of middle greys, where no lightness of the hue reaches it, black or white.
    """
    text = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText)
    if role is Role.PLAIN:
        return text
    backgrounds = _backgrounds(palette)
    if role is Role.MUTED:
        return _muted(text, backgrounds)
    hue, saturation = _HUES[role]
    return _walk(
        backgrounds,
        lambda lightness: QColor.fromHslF(hue / 360.0, saturation, lightness),
    )


def banner_color(palette: QPalette, role: Role) -> QColor:
    """Return the background of a message of `role`: the window's colour with a tenth of its hue.

    The window's text keeps its contrast on it.
    """
    window = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Window)
    if role in (Role.PLAIN, Role.MUTED):
        return window
    return _mix(window, role_color(palette, role), 0.10)


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast ratio of two opaque colours, 1 to 21 (WCAG 2.1)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _backgrounds(palette: QPalette) -> list[QColor]:
    roles = (
        QPalette.ColorRole.Base,
        QPalette.ColorRole.AlternateBase,
        QPalette.ColorRole.Window,
    )
    return [palette.color(QPalette.ColorGroup.Active, role) for role in roles]


def _worst(color: QColor, backgrounds: list[QColor]) -> float:
    return min(contrast(color, background) for background in backgrounds)


def _walk(backgrounds: list[QColor], at: Callable[[float], QColor]) -> QColor:
    """Change a middle lightness, away from the backgrounds, until the contrast suffices."""
    dark = sum(_luminance(background) for background in backgrounds) / len(backgrounds) < 0.18
    lightness, direction = (0.45, _STEP) if dark else (0.50, -_STEP)
    while 0.0 <= lightness <= 1.0:
        color = at(lightness)
        if _worst(color, backgrounds) >= _AIM:
            return color
        lightness += direction
    ends = (QColor.fromRgbF(0.0, 0.0, 0.0), QColor.fromRgbF(1.0, 1.0, 1.0))
    return max(ends, key=lambda end: _worst(end, backgrounds))


def _muted(text: QColor, backgrounds: list[QColor]) -> QColor:
    """Return the text's colour, faded towards its background as far as the contrast allows."""
    for share in (0.40, 0.30, 0.20, 0.10):
        faded = _mix(text, backgrounds[0], share)
        if _worst(faded, backgrounds) >= _AIM:
            return faded
    return text


def _mix(first: QColor, second: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        first.redF() + (second.redF() - first.redF()) * share,
        first.greenF() + (second.greenF() - first.greenF()) * share,
        first.blueF() + (second.blueF() - first.blueF()) * share,
    )


def _luminance(color: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    return (
        0.2126 * linear(color.redF())
        + 0.7152 * linear(color.greenF())
        + 0.0722 * linear(color.blueF())
    )
