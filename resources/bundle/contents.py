"""What goes into the bundle of all that PyInstaller finds.

PyInstaller takes every plugin of each Qt module in use, and the libraries of all of them. Here are
the plugins that the program can use; of the libraries only those stay that something which stays is
linked with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import PurePath

from PyInstaller.depend.bindepend import get_imports

Entry = tuple[str, str, str]
"""PyInstaller's: the path in the bundle, the source's path, the type."""

UNUSED_MODULES = [
    # Parts of Qt that nothing here draws with or speaks to.
    "PySide6.QtDesigner",
    "PySide6.QtHelp",
    "PySide6.QtOpenGL",
    "PySide6.QtOpenGLWidgets",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtQuickControls2",
    "PySide6.QtQuickWidgets",
    "PySide6.QtSql",
    "PySide6.QtTest",
    "PySide6.QtUiTools",
    # The database is opened by APSW alone: a second SQLite would break its locks.
    "sqlite3",
    "_sqlite3",
    # Installed, these silently become the place where passwords go, in a file.
    "keyrings.alt",
    "keyrings.cryptfile",
    # What only developers use, and what a graphical or a compiled-in program never does.
    "_curses",
    "curses",
    "hypothesis",
    "mypy",
    "numpy",
    "openpyxl",
    "pip",
    "playhouse.postgres_ext",
    "pytest",
    "readline",
    "setuptools",
    "tkinter",
]

PLUGINS = {
    "iconengines": {"qsvgicon"},
    "imageformats": {"qgif", "qico", "qjpeg", "qsvg"},  # PNG is part of Qt itself
    "platforminputcontexts": {
        "composeplatforminputcontextplugin",
        "ibusplatforminputcontextplugin",
    },
    "platforms": {"qcocoa", "qminimal", "qoffscreen", "qwayland", "qwindows", "qxcb"},
    # The portal's theme follows the desktop's fonts and colours; GTK's would bring GTK along.
    "platformthemes": {"qxdgdesktopportal"},
    "styles": {"qmacstyle", "qmodernwindowsstyle", "qwindowsvistastyle"},
    "wayland-decoration-client": {"adwaita", "bradient"},
    "wayland-shell-integration": {"xdg-shell"},
}
"""By folder of Qt's plugins. Left out with all others: TLS (the sender uses Python's), OpenGL."""

# Present on every Linux desktop, and newer there: an older one of ours would keep the system's own
# graphics drivers, which are loaded into the process, from finding what they need.
OF_THE_SYSTEM = ("libstdc++.so", "libgcc_s.so")


def chosen_binaries(found: Iterable[Entry]) -> list[Entry]:
    """The libraries, extension modules and plugins to ship."""
    entries = [entry for entry in found if _is_wanted(PurePath(entry[0]))]
    if sys.platform != "linux":
        return sorted(entries)
    roots = [entry for entry in entries if _is_loaded_by_name(entry)]
    by_name = {PurePath(entry[0]).name: entry for entry in entries if entry[2] != "SYMLINK"}
    linked = _closure(roots, by_name)
    return sorted(entry for entry in entries if PurePath(entry[0]).name in linked)


def chosen_data(found: Iterable[Entry], binaries: Iterable[Entry]) -> list[Entry]:
    """The other files: links to `binaries`, and of Qt's translations those of its dialogs."""
    libraries = {PurePath(entry[0]).name for entry in binaries}
    return sorted(
        entry
        for entry in found
        if (entry[2] != "SYMLINK" or PurePath(entry[0]).name in libraries)
        and not (
            "translations" in PurePath(entry[0]).parts
            and not PurePath(entry[0]).name.startswith("qtbase_")
        )
        # Left by the installer of packages; they hold paths of the machine that builds.
        and PurePath(entry[0]).name not in {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
    )


def _is_wanted(path: PurePath) -> bool:
    if path.name.startswith(OF_THE_SYSTEM):
        return False
    parts = path.parts
    if "plugins" not in parts:
        return True
    folder = parts[parts.index("plugins") + 1]
    return path.name.split(".")[0].removeprefix("lib") in PLUGINS.get(folder, set())


def _is_loaded_by_name(entry: Entry) -> bool:
    return (
        entry[2] == "EXTENSION" or "plugins" in PurePath(entry[0]).parts or "libpython" in entry[0]
    )


def _closure(roots: list[Entry], by_name: dict[str, Entry]) -> set[str]:
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        entry = waiting.pop()
        name = PurePath(entry[0]).name
        if name in reached:
            continue
        reached.add(name)
        for needed, _ in get_imports(entry[1], None):
            library = by_name.get(PurePath(needed).name)
            if library is not None:
                waiting.append(library)
    return reached
