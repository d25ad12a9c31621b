"""A Windows to install on: Wine with a drive of its own, or this computer if asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from resources.windows.make_installer import find_makensis, make

UNINSTALL_KEY = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\org.mailadmin.MailAdmin"

# Programs that run until they are ended, and do nothing else.
STAND_IN = r"""
Unicode true
SilentInstall silent
RequestExecutionLevel user
OutFile "{output}"
Section
    Sleep 100000
SectionEnd
"""


class Windows:
    """Runs programs and reads their effects; paths are those of the system that runs the tests."""

    def __init__(self, wine: Path | None, prefix: Path) -> None:
        self._wine = [] if wine is None else [str(wine)]
        self._environment = dict(os.environ)
        if wine is None:
            self.local = Path(os.environ["LOCALAPPDATA"])
            self.home = Path(os.environ["USERPROFILE"])
            self.roaming = Path(os.environ["APPDATA"])
        else:
            # Wine links its user's folders to those below HOME.
            prefix.mkdir(parents=True)
            home = {"HOME": str(prefix.parent), "WINEPREFIX": str(prefix)}
            self._environment |= home | {"WINEDEBUG": "-all", "DISPLAY": ""}
            self.run("wineboot", "-i")
            self.run("winecfg", "-v", "win10")
            (self.home,) = (
                folder
                for folder in (prefix / "drive_c" / "users").iterdir()
                if folder.name != "Public"
            )
            self.local = self.home / "AppData" / "Local"
            self.roaming = self.home / "AppData" / "Roaming"
        self.program_folder = self.local / "Programs" / "Mail Admin"
        self.start_menu = self.roaming / "Microsoft" / "Windows" / "Start Menu" / "Programs"

    def run(self, *command: str | Path) -> int:
        """Run a program to its end; return the exit code."""
        words = [*self._wine, *map(str, command)]
        return subprocess.run(words, env=self._environment, check=False).returncode

    def start(self, program: Path) -> subprocess.Popen[bytes]:
        """Start a program; the caller ends it."""
        return subprocess.Popen([*self._wine, str(program)], env=self._environment)

    def uninstall(self) -> None:
        """Uninstall as "Apps & features" does without questions."""
        uninstaller = self.program_folder / "Uninstall.exe"
        assert self.run(uninstaller, "/S") == 0
        # The uninstaller goes on as a copy of itself, whose process is not known.
        deadline = time.monotonic() + 60
        folder = self.program_folder
        while uninstaller.exists() or (folder.exists() and not any(folder.iterdir())):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def uninstalling_in_place(self) -> int:
        """Run the uninstaller where it is, which leaves it in place; return its exit code."""
        folder = str(self.value(UNINSTALL_KEY, "InstallLocation"))
        # NSIS takes it only without the quotation marks that a word with spaces would get.
        words = f"_?={folder}".split(" ")
        return self.run(self.program_folder / "Uninstall.exe", "/S", *words)

    def values(self, key: str) -> Mapping[str, str]:
        """Return the values of a key below HKEY_CURRENT_USER; none if there is no such key."""
        done = subprocess.run(
            [*self._wine, "reg", "query", f"HKCU\\{key}"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = (line.strip().split("    ", 2) for line in done.stdout.splitlines())
        return {words[0]: "".join(words[2:]) for words in lines if words[1:]}

    def value(self, key: str, name: str) -> str | None:
        """Return a value; None if it is not there."""
        return self.values(key).get(name)

    def set_value(self, key: str, name: str, kind: str, value: str) -> None:
        """Write a value."""
        arguments = ["/v", name, "/t", kind, "/d", value, "/f"]
        assert self.run("reg", "add", f"HKCU\\{key}", *arguments) == 0


def find_windows(prefix: Path) -> Windows:
    """Return Wine with its drive in `prefix`; skip the test if there is no Wine.

    On Windows these tests would replace the user's own Mail Admin, so they have to be asked for:
    MAILADMIN_INSTALL_HERE=1.
    """
    if sys.platform == "win32":
        if not os.environ.get("MAILADMIN_INSTALL_HERE"):
            pytest.skip("installs on this computer: only with MAILADMIN_INSTALL_HERE=1")
        return Windows(None, prefix)
    wine = shutil.which("wine64") or shutil.which("wine64", path="/usr/lib/wine")
    if wine is None:
        pytest.skip("neither Windows nor Wine")
    return Windows(Path(wine), prefix)


def need_makensis() -> None:
    """Skip the test without makensis; fail it where CI is set, on Linux."""
    try:
        find_makensis()
    except FileNotFoundError as missing:
        if sys.platform == "linux" and os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


def stand_in_bundle(folder: Path) -> Path:
    """Make a folder that looks like a bundle, with programs that can be started."""
    inside = folder / "_internal" / "Qt"
    inside.mkdir(parents=True)
    (inside / "Qt6Core.dll").write_bytes(b"a library")
    (inside / "überzählig $INSTDIR.txt").write_text("an awkward name")
    for program in ("Mail Admin.exe", "mailadmin.exe"):
        script = folder / "stand-in.nsi"
        script.write_text(STAND_IN.format(output=folder / program))
        subprocess.run([find_makensis(), "-V1", *wine_target(), str(script)], check=True)
        script.unlink()
    return folder


def wine_target() -> list[str]:
    """Return options for makensis: Debian's wine64 runs no 32-bit program, as NSIS' usually are."""
    return [] if sys.platform == "win32" else ["-XTarget amd64-unicode"]


def make_stand_in(bundle: Path, icon: Path, output: Path, version: str) -> Path:
    """Build the installer of a stand-in bundle."""
    return make(bundle, icon, output, version, options=wine_target())
