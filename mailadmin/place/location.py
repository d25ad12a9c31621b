"""The address of a database: a path or a URL, parsed before anything is opened."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput

DATABASE_VARIABLE = "MAILADMIN_DATABASE"
"""The environment variable that names the database when the command line doesn't."""


class Location(NamedTuple):
    """The address of a SQLite file. `str()` is what the status bar and messages show."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def name(self) -> str:
        """Short name for the status bar."""
        return self.path.name


def parse_location(text: str | Path) -> Location:
    """Parse `--database`: a path, or `sqlite:///path`.

    Raises `InvalidInput` for an empty text and for a URL of a kind that this version can't open.
    """
    if isinstance(text, Path):
        return Location(text.absolute())
    if not text.strip():
        raise InvalidInput(
            "database",
            QT_TRANSLATE_NOOP("KnownError", "The database has no name. Give a file path."),
        )
    if ":memory:" in text or "mode=memory" in text:
        raise InvalidInput(
            "database",
            QT_TRANSLATE_NOOP(
                "KnownError",
                "Mail must be kept in a file. Give a file path, or use --demo to try things out.",
            ),
        )
    scheme, separator, _ = text.partition("://")
    if not separator:
        return Location(Path(text).expanduser().absolute())
    if scheme == "sqlite":
        # sqlite:///relative and sqlite:////absolute, as SQLAlchemy and peewee read them.
        parts = urlsplit(text)
        path = unquote(parts.path).removeprefix("/")
        if path and not parts.query and not parts.netloc:
            return Location(Path(path).expanduser().absolute())
    raise InvalidInput(
        "database",
        QT_TRANSLATE_NOOP(
            "KnownError",
            "This version can't open a database of the kind “{scheme}://”. "
            "Give a file path or sqlite:///PATH.",
        ),
        scheme=scheme,
    )
