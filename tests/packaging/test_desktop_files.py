"""Menu entry, metainfo, icons and unit are valid and agree with the program."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage

from mailadmin.cli.parser import parse
from mailadmin.ui.app import application
from resources.linux.theme_icons import NAME, SIZES, write_icons
from tests.packaging.tools import needed

LINUX = Path(__file__).resolve().parents[2] / "resources" / "linux"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux desktops")


@pytest.fixture
def entry() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(LINUX / f"{NAME}.desktop", encoding="utf-8")
    return parser


def test_the_menu_entry_runs_commands_of_the_program(entry: configparser.ConfigParser) -> None:
    for section in entry.sections():
        words = entry[section]["Exec"].split()
        assert words[0] == "mailadmin"
        parse([word.replace("%F", "letter.eml") for word in words[1:]])  # exits if it is wrong
    main = entry["Desktop Entry"]
    assert main["MimeType"] == "message/rfc822;"
    assert main["Icon"] == NAME
    assert {f"Desktop Action {name}" for name in main["Actions"].split(";") if name} == {
        section for section in entry.sections() if section.startswith("Desktop Action")
    }


def test_the_window_has_the_name_of_the_menu_entry(
    entry: configparser.ConfigParser, qtbot: object
) -> None:
    # Wayland's compositors and GNOME use this name, other desktops the window's class.
    source = Path(str(sys.modules[application.__module__].__file__)).read_text(encoding="utf-8")
    assert f'setDesktopFileName("{NAME}")' in source
    assert entry["Desktop Entry"]["StartupWMClass"] == "mailadmin"


def test_the_menu_entry_is_valid() -> None:
    tool = needed("desktop-file-validate")
    done = subprocess.run(
        [tool, str(LINUX / f"{NAME}.desktop")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_metainfo_names_the_menu_entry_and_the_media_type() -> None:
    root = ElementTree.parse(LINUX / f"{NAME}.metainfo.xml").getroot()  # noqa: S314 - our own
    assert root.findtext("id") == NAME
    assert root.findtext("launchable") == f"{NAME}.desktop"
    assert root.findtext("provides/mediatype") == "message/rfc822"
    image = root.find("screenshots/screenshot/image")
    assert image is not None
    picture = QImage(str(LINUX.parent / "screenshots" / str(image.text).rpartition("/")[2]))
    assert (picture.width(), picture.height()) == (
        int(image.attrib["width"]),
        int(image.attrib["height"]),
    )


def test_the_metainfo_is_valid(tmp_path: Path) -> None:
    tool = needed("appstreamcli")
    text = (LINUX / f"{NAME}.metainfo.xml").read_text(encoding="utf-8")
    for name, value in (
        ("VERSION", "1.2.3"),
        ("DATE", "2026-11-25"),
        ("HOMEPAGE", "https://mailadmin.example"),
    ):
        assert f"@{name}@" in text
        text = text.replace(f"@{name}@", value)
    assert not re.search(r"@[A-Z]+@", text)
    made = tmp_path / f"{NAME}.metainfo.xml"
    made.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [tool, "validate", "--no-net", str(made)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_icons_are_written_in_every_size(tmp_path: Path, qapp: object) -> None:
    write_icons(tmp_path)
    for size in SIZES:
        image = QImage(str(tmp_path / f"{size}x{size}" / "apps" / f"{NAME}.png"))
        assert (image.width(), image.height()) == (size, size)
        assert image.pixelColor(0, 0).alpha() == 0
    assert (tmp_path / "scalable" / "apps" / f"{NAME}.svg").is_file()
    symbolic = tmp_path / "symbolic" / "apps" / f"{NAME}-symbolic.svg"
    assert len(set(re.findall(r"#[0-9a-f]{6}", symbolic.read_text()))) == 1
