"""The works of others in this program, and their licences. Qt-free.

A bundle holds the list that its build made; a source folder the one in `resources/licenses.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Work(NamedTuple):
    """One work with the name of its licence and the files with its texts."""

    name: str
    version: str
    license: str
    texts: tuple[Path, ...]

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}".rstrip()

    def read(self) -> str:
        """All texts, one after the other. Raises OSError."""
        texts = [text.read_text(encoding="utf-8", errors="replace") for text in self.texts]
        return "\n\n".join(text.strip("\n") for text in texts)


def works(resources: Path) -> list[Work]:
    """What is shipped, or used by a source folder; Mail Admin itself first.

    `resources` is the folder of the program's resources. Raises OSError for a damaged installation.
    """
    folder = resources / "licenses"
    return list(_shipped(folder) if folder.is_dir() else _used(resources))


def _shipped(folder: Path) -> Iterator[Work]:
    import json

    for entry in json.loads((folder / "index.json").read_text(encoding="utf-8")):
        texts = tuple(folder / name for name in entry["texts"])
        yield Work(entry["name"], entry["version"], entry["license"], texts)


def _used(resources: Path) -> Iterator[Work]:
    own = resources.parent / "LICENSE"
    if own.is_file():
        yield Work("Mail Admin", "", "MIT", (own,))
    overview = resources / "licenses.md"
    if overview.is_file():
        yield Work("Qt, Python packages", "", "LGPL, MIT, BSD, Apache …", (overview,))
    yield Work("Lucide icons", "", "ISC, MIT", (resources / "icons" / "LICENSE",))
