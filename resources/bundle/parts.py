"""Whose works the bundle holds: each file in it, traced to the package it comes from."""

from __future__ import annotations

import functools
import platform
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from resources.bundle.contents import Entry


_KINDS = ("runtime", "python", "debian", "system")


class UnknownOrigin(Exception):
    """Files nobody answers for: they can't be shipped, for their licence isn't known."""


class Part(NamedTuple):
    """A work of somebody else with the files of it that are shipped."""

    kind: str
    """`python` (a distribution), `debian` (a binary package), `runtime` or `system`."""
    name: str
    version: str
    files: tuple[str, ...]
    """Paths in the bundle; modules by their dotted names."""


def shipped_parts(
    modules: Iterable[Entry], files: Iterable[Entry], *, pyinstaller: str
) -> list[Part]:
    """The parts of a bundle with the Python `modules` and `files`, by kind and name.

    `pyinstaller` is the version that made its start program. Raises `UnknownOrigin`.
    """
    held: dict[tuple[str, str, str], set[str]] = {
        ("runtime", "CPython", platform.python_version()): set(),
        ("runtime", "PyInstaller", pyinstaller): {"mailadmin"},
    }
    unknown = []
    for destination, source, kind in [*modules, *files]:
        if kind == "SYMLINK" or _is_ours(source):
            continue
        origin = _origin(source)
        if origin is None:
            unknown.append(source)
        else:
            held.setdefault(origin, set()).add(PurePath(destination).as_posix())
    if unknown:
        raise UnknownOrigin("No package is known for: " + ", ".join(sorted(unknown)))
    return [
        Part(*origin, tuple(sorted(names)))
        for origin, names in sorted(
            held.items(), key=lambda item: (_KINDS.index(item[0][0]), item[0][1].lower())
        )
    ]


def _is_ours(source: str) -> bool:
    root = Path(__file__).resolve().parents[2]
    path = Path(source).resolve()
    return path.is_relative_to(root) and not path.is_relative_to(Path(sys.prefix).resolve())


def _origin(source: str) -> tuple[str, str, str] | None:
    path = Path(source)
    distribution = _distribution_files().get(str(path)) or _distribution_files().get(
        str(path.resolve())
    )
    if distribution is not None:
        # PyInstaller's own modules in a bundle are the other half of its bootloader.
        kind = "runtime" if distribution.name == "pyinstaller" else "python"
        name = "PyInstaller" if kind == "runtime" else distribution.name
        return kind, name, distribution.version
    if sys.platform == "linux":
        package = _debian_package(path)
        if package is not None:
            return (
                ("runtime", "CPython", platform.python_version())
                if _is_python(package[0])
                else ("debian", *package)
            )
    if any(path.resolve().is_relative_to(folder) for folder in _python_folders()):
        return "runtime", "CPython", platform.python_version()
    # Elsewhere what is neither Python's nor a package's is the C run-time of the platform.
    return None if sys.platform == "linux" else ("system", sys.platform, platform.release())


def _is_python(package: str) -> bool:
    return package.startswith(("python3", "libpython3"))


def _python_folders() -> Iterator[Path]:
    yield Path(sys.base_prefix).resolve()
    yield Path(sysconfig.get_path("stdlib")).resolve()


@functools.cache
def _distribution_files() -> dict[str, Distribution]:
    owners: dict[str, Distribution] = {}
    for distribution in distributions():
        for file in distribution.files or ():
            owners[str(Path(str(distribution.locate_file(file))))] = distribution
            owners[str(Path(str(distribution.locate_file(file))).resolve())] = distribution
    return owners


@functools.cache
def _debian_package(path: Path) -> tuple[str, str] | None:
    """Name and version; None where dpkg isn't, or doesn't know the file."""
    resolved = path.resolve()
    # On merged systems dpkg knows a library below /lib or below /usr/lib, as its package has it.
    names = {path, resolved}
    names |= {
        Path(str(name).removeprefix("/usr")) for name in names if str(name).startswith("/usr")
    }
    for name in sorted(names):
        try:
            found = subprocess.run(
                ["dpkg-query", "--search", str(name)], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            return None
        if found.returncode == 0:
            package = found.stdout.partition(": ")[0].partition(",")[0].partition(":")[0]
            version = subprocess.run(
                ["dpkg-query", "--show", "--showformat=${Version}\\n", package],
                capture_output=True,
                text=True,
                check=True,
            )
            return package, version.stdout.splitlines()[0]
    return None
