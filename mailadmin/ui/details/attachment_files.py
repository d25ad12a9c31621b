"""Writes attachments into a folder, without opening them or replacing files unasked.

Used in background threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mailadmin.export.whole_file import write_whole
from mailadmin.message import free_name, name_key
from mailadmin.ui.words.file_problems import reading, writing


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file to be written: its safe base name and its bytes."""

    name: str
    content: bytes


def taken_names(folder: Path, names: Sequence[str]) -> list[str]:
    """Return those of `names` that the folder has already. Raises `KnownError`."""
    there = reading(lambda: {name_key(path.name) for path in folder.iterdir()})
    return [name for name in names if name_key(name) in there]


def save_all(folder: Path, files: Sequence[FileContent], *, replace: bool) -> list[Path]:
    """Write `files` into `folder`; return their paths. Raises `KnownError`.

    Unless `replace`, a file whose name is taken gets a number, even if it was taken this moment.
    """
    return [writing(lambda file=file: _save(folder, file, replace)) for file in files]  # type: ignore[misc]


def _save(folder: Path, file: FileContent, replace: bool) -> Path:
    if replace:
        path = folder / file.name
        write_whole(path, file.content)
        return path
    while True:
        path = folder / free_name(file.name, {name_key(each.name) for each in folder.iterdir()})
        try:
            written = path.open("xb")  # fails also for a link that leads nowhere
        except FileExistsError:
            continue
        try:
            with written:
                written.write(file.content)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path
