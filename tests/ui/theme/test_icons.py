"""Icons and status colours are complete, legible in light and dark, and follow the palette."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QColor, QIcon, QImage, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from mailadmin.place.paths import find_resources
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import (
    MINIMUM_CONTRAST,
    Role,
    banner_color,
    contrast,
    role_color,
)

ICONS = find_resources() / "icons"


def palette(window: str, base: str, alternate: str, text: str) -> QPalette:
    result = QPalette()
    result.setColor(QPalette.ColorRole.Window, QColor(window))
    result.setColor(QPalette.ColorRole.Base, QColor(base))
    result.setColor(QPalette.ColorRole.AlternateBase, QColor(alternate))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text):
        result.setColor(role, QColor(text))
    return result


PALETTES = {
    "light": palette("#efefef", "#ffffff", "#f7f7f7", "#000000"),
    "dark": palette("#323232", "#242424", "#2b2b2b", "#ffffff"),
    "breeze dark": palette("#2a2e32", "#1b1e20", "#232629", "#fcfcfc"),
    "black": palette("#000000", "#000000", "#000000", "#ffffff"),
    "dim": palette("#4a4a4a", "#3c3c3c", "#444444", "#f0f0f0"),
    "sepia": palette("#e6dcc8", "#fbf3e0", "#f3e9d2", "#302010"),
}


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("role", list(Role))
def test_every_role_is_legible_on_every_background(name: str, role: Role) -> None:
    chosen = PALETTES[name]
    color = role_color(chosen, role)
    for background in (
        QPalette.ColorRole.Base,
        QPalette.ColorRole.AlternateBase,
        QPalette.ColorRole.Window,
    ):
        assert contrast(color, chosen.color(background)) >= MINIMUM_CONTRAST
    text = chosen.color(QPalette.ColorRole.WindowText)
    assert contrast(text, banner_color(chosen, role)) >= MINIMUM_CONTRAST


def test_good_is_green_and_bad_is_red_on_every_palette() -> None:
    for chosen in PALETTES.values():
        ok, bad = role_color(chosen, Role.OK), role_color(chosen, Role.BAD)
        assert ok.green() > max(ok.red(), ok.blue())
        assert bad.red() > max(bad.green(), bad.blue())


def test_the_contrast_is_that_of_wcag() -> None:
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21.0)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", list(IconName))
def test_every_icon_has_a_file_that_is_not_empty(qapp: QApplication, name: IconName) -> None:
    icon = Icons(ICONS).icon(name)
    for size in (16, 24, 48):
        assert visible_pixels(icon.pixmap(QSize(size, size))) >= size // 2


def test_every_icon_file_is_used() -> None:
    used = {f"{name.value}.svg" for name in IconName} | {"mailadmin.svg", "LICENSE"}
    assert {path.name for path in ICONS.iterdir()} == used


def test_icons_are_drawn_for_a_scale_of_two(qapp: QApplication) -> None:
    icons = Icons(ICONS)
    pixmap = icons.pixmap(IconName.OK, 16, 2.0, Role.OK)
    assert pixmap.size() == QSize(32, 32)
    assert pixmap.devicePixelRatio() == 2.0
    assert QSize(32, 32) in icons.icon(IconName.OK).availableSizes()


def test_disabled_and_selected_icons_have_the_colours_of_the_palette(qapp: QApplication) -> None:
    icons = Icons(ICONS)
    icon = icons.icon(IconName.DOT, Role.BAD)
    chosen = icons.palette
    expected = {
        QIcon.Mode.Normal: role_color(chosen, Role.BAD),
        QIcon.Mode.Disabled: chosen.color(
            QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText
        ),
        QIcon.Mode.Selected: chosen.color(
            QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText
        ),
    }
    for mode, color in expected.items():
        assert strongest(icon.pixmap(QSize(48, 48), mode)) == color.rgb()


def test_placed_icons_follow_the_palette(qapp: QApplication) -> None:
    before = qapp.palette()
    icons = Icons(ICONS)
    action = QAction()
    icons.put(action, IconName.DOT)
    gone = QAction()
    icons.put(gone, IconName.ADD)
    gone.deleteLater()
    told: list[bool] = []
    icons.changed.connect(lambda: told.append(True))
    icons.refresh()
    assert not told  # the palette is still the same
    try:
        qapp.setPalette(PALETTES["dark"])
        icons.refresh()
        assert strongest(action.icon().pixmap(QSize(48, 48))) == QColor("white").rgb()
        qapp.setPalette(PALETTES["light"])
        icons.refresh()
        assert strongest(action.icon().pixmap(QSize(48, 48))) == QColor("black").rgb()
    finally:
        qapp.setPalette(before)
    assert len(told) == 2


def test_the_application_icon_has_every_size(qapp: QApplication) -> None:
    sizes = Icons(ICONS).application_icon().availableSizes()
    assert QSize(16, 16) in sizes
    assert QSize(256, 256) in sizes


def visible_pixels(pixmap: QPixmap) -> int:
    image = pixmap.toImage()
    return sum(
        image.pixelColor(x, y).alpha() > 100
        for x in range(image.width())
        for y in range(image.height())
    )


def strongest(pixmap: QPixmap) -> int:
    """Return the colour of a fully opaque pixel."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    for x in range(image.width()):
        for y in range(image.height()):
            if image.pixelColor(x, y).alpha() == 255:
                return image.pixel(x, y)
    raise AssertionError("no opaque pixel")
