"""Looks into a built program for what must, and must not, be in it: `… keyring_check PROGRAM`.

Passwords depend on it: keyring finds its backends by their names in metadata, so that one which is
missing is no error, only a program without a keyring.
"""

from __future__ import annotations

import sys
from pathlib import Path

WANTED = {
    "linux": ("SecretService", "chainer", "fail", "kwallet", "libsecret"),
    "win32": ("Windows", "chainer", "fail"),
    "darwin": ("macOS", "chainer", "fail"),
}
UNWANTED = ("keyrings", "sqlite3", "pytest", "tkinter")
"""Stores of passwords in files; a second SQLite; what only developers use."""


def modules_of(program: Path) -> set[str]:
    """The names of the Python modules in it."""
    from PyInstaller.archive.readers import CArchiveReader  # only where bundles are built

    archive = CArchiveReader(str(program))
    name = next(entry for entry in archive.toc if entry.endswith(".pyz"))
    return set(archive.open_embedded_archive(name).toc)


def complaints(modules: set[str], platform: str = sys.platform) -> list[str]:
    """What is wrong with a program of these modules."""
    missing = [
        f"keyring.backends.{name} is missing"
        for name in WANTED.get(platform, ())
        if not {f"keyring.backends.{name}", f"keyring.backends.{name}.__init__"} & modules
    ]
    unwanted = sorted(name for name in modules if name.partition(".")[0] in UNWANTED)
    return missing + [f"{name} must not be shipped" for name in unwanted]


def main(arguments: list[str]) -> int:
    """Check; gives the exit code."""
    program = Path(arguments[0])
    found = complaints(modules_of(program))
    if not list(program.parent.glob("**/keyring-*.dist-info/entry_points.txt")):
        found.append("keyring's metadata, which names its backends, is missing")
    for line in found:
        sys.stderr.write(f"{program}: {line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
