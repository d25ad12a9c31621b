"""The folders in which Mail Admin keeps its files and finds its resources. Qt-free."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import platformdirs

_APPLICATION = "mailadmin"
PORTABLE_FOLDER = "mailadmin-data"  # beside the program


class AppPaths(NamedTuple):
    """The folders of one run of the program. The composition root makes them and passes them on.

    Nothing here is created: the code that writes to a folder makes it first.
    """

    data_dir: Path
    config_dir: Path
    cache_dir: Path
    log_dir: Path
    resources_dir: Path

    @property
    def database(self) -> Path:
        """The database used when neither the command line nor the environment names one."""
        return self.data_dir / "mailadmin.db"

    @property
    def icons_dir(self) -> Path:
        """SVG files of the icon set."""
        return self.resources_dir / "icons"

    @classmethod
    def default(cls) -> AppPaths:
        """Return the platform's folders for the current user.

        Raises FileNotFoundError when the program's own resources are missing, which means that the
        installation is damaged.
        """
        folders = platformdirs.PlatformDirs(_APPLICATION, appauthor=False)
        return cls(
            data_dir=folders.user_data_path,
            config_dir=folders.user_config_path,
            cache_dir=folders.user_cache_path,
            log_dir=folders.user_log_path,
            resources_dir=find_resources(),
        )

    @classmethod
    def of(cls, *, portable: bool) -> AppPaths:
        """Return the user's folders, or the one beside the program. Raises as `default` does."""
        return cls.below(program_folder() / PORTABLE_FOLDER) if portable else cls.default()

    @classmethod
    def below(cls, folder: Path) -> AppPaths:
        """Return paths within one folder, for a portable installation, the demo or a test."""
        return cls(
            data_dir=folder / "data",
            config_dir=folder / "config",
            cache_dir=folder / "cache",
            log_dir=folder / "log",
            resources_dir=find_resources(),
        )


def program_folder() -> Path:
    """Return the folder that contains the program: the bundle's or the source tree's.

    On macOS it is the folder that holds `Mail Admin.app`: an update replaces what is inside.
    """
    if not getattr(sys, "frozen", False):
        return Path(__file__).resolve().parents[2]
    folder = Path(sys.executable).resolve().parent
    bundle = next((each for each in folder.parents if each.suffix == ".app"), None)
    return folder if bundle is None else bundle.parent


def find_resources() -> Path:
    """Return the folder that holds `icons/`: of a PyInstaller bundle, a wheel or the sources."""
    package = Path(__file__).resolve().parents[1]
    candidates = [package / "_resources", package.parent / "resources"]
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        candidates.insert(0, Path(bundle) / "resources")
    for candidate in candidates:
        if (candidate / "icons").is_dir():
            return candidate
    raise FileNotFoundError(
        "Mail Admin's resources are missing: install it again. Looked in "
        + ", ".join(str(candidate) for candidate in candidates)
    )
