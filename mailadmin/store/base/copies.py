"""Copies of a database that lie beside it: made before a migration, or by a person."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_MAGIC = b"SQLite format 3\0"  # how every file of SQLite begins


def newest_copy(path: Path) -> Path | None:
    """The youngest database file beside `path` whose name begins like its, if there is one."""
    copies: list[tuple[float, Path]] = []
    with suppress(OSError):  # what can't be looked at is not offered
        for beside in path.parent.glob(f"{_literal(path.stem)}*{_literal(path.suffix)}"):
            if beside != path and beside.is_file() and _is_database(beside):
                copies.append((beside.stat().st_mtime, beside))
    return max(copies)[1] if copies else None


def _literal(text: str) -> str:
    """`text` as a pattern that matches nothing else."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
