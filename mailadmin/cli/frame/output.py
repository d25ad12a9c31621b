"""Writing to a terminal, a pipe or a file: lines, tables and JSON.

Everything from outside (subjects, addresses, servers' replies) is made harmless first: a terminal
would obey escape sequences in it, and a bidirectional override would make it read as another text.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from typing import TextIO, TypeVar

from mailadmin.cli.frame.failure import CommandFailed, ReaderGone
from mailadmin.tables.column import Column, Value

T = TypeVar("T")

GAP = "  "
SAMPLE = 500  # rows whose cells decide how wide the columns are
NARROWEST = 8  # characters to which a column is shortened at most
_JOINERS = "\u200c\u200d"  # needed inside words of some scripts and inside emoji


class Output:
    """A text stream whose trouble is told apart: the reader is gone, or writing failed."""

    def __init__(self, stream: TextIO | None) -> None:
        """`stream` is None when the program was started without one; then nothing is written."""
        self._stream = stream
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    @property
    def utf8(self) -> bool:
        """Whether every character can be written."""
        encoding = getattr(self._stream, "encoding", None) or ""
        return encoding.lower().replace("-", "") == "utf8"

    @property
    def width(self) -> int | None:
        """Characters per line of the terminal; None for a pipe or a file, which has no end."""
        if self._stream is None or not self._stream.isatty():
            return None
        return shutil.get_terminal_size().columns

    def exactly(self) -> None:
        """Write UTF-8 from now on, and line ends as they are given: the output is a file format."""
        if self._stream is not None and hasattr(self._stream, "reconfigure"):
            self._stream.reconfigure(encoding="utf-8", newline="")

    def write(self, text: str) -> None:
        """Write `text` as it is. Raises `ReaderGone` or `CommandFailed`."""
        if self._stream is not None:
            self._try(partial(self._stream.write, text))

    def write_bytes(self, data: bytes) -> None:
        """Write `data` after the text written before. Raises `ReaderGone` or `CommandFailed`."""
        if self._stream is not None:
            self.flush()
            self._try(partial(self._stream.buffer.write, data))  # a TextIO may have none; ours has

    def line(self, text: str = "") -> None:
        """Write `text`, made harmless, as one line."""
        self.write(plain(text) + "\n")

    def flush(self) -> None:
        """Give what was written to the reader. Raises `ReaderGone` or `CommandFailed`."""
        if self._stream is not None:
            self._try(self._stream.flush)

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BrokenPipeError as error:
            self.abandon()
            raise ReaderGone from error
        except OSError as error:
            self.abandon()
            raise CommandFailed(
                "The output can't be written: {reason}.", reason=error.strerror
            ) from error

    def abandon(self) -> None:
        """Let the rest go nowhere, so that the end of the program doesn't stumble over it."""
        if self._stream is not None:
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)


def plain(text: str) -> str:
    """`text` in one line, without characters that control a terminal or the reading direction."""
    return text if text.isprintable() else "".join(map(_harmless, text))


def _harmless(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"


def display_width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.combining(character) or character in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def elide(text: str, width: int) -> str:
    """`text`, cut and ended by "…" if it takes more than `width` columns."""
    if display_width(text) <= width:
        return text
    kept, room = [], width - 1
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"


def cell(value: Value) -> str:
    """A value as a person reads it; dates in local time."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return plain(str(value))


def write_table(output: Output, columns: Sequence[Column[T]], rows: Iterable[T]) -> None:
    """Write rows under the columns' titles, aligned; on a terminal no line is longer than it."""
    cells = ([cell(column.value(row)) for column in columns] for row in rows)
    sample = list(islice(cells, SAMPLE))
    titles = [column.title.upper() for column in columns]
    widths = [max(map(display_width, texts)) for texts in zip(titles, *sample, strict=True)]
    numeric = [column.right for column in columns]
    _fit(widths, numeric, output.width)
    for texts in chain([titles], sample, cells):
        output.write(_line(texts, widths, numeric, whole=output.width is None) + "\n")


def _fit(widths: list[int], numeric: list[bool], limit: int | None) -> None:
    """Shorten the widest columns, but no numbers or dates, until a line has `limit` characters."""
    if limit is None:
        return
    elastic = [index for index, right in enumerate(numeric) if not right]
    while elastic and sum(widths) + len(GAP) * (len(widths) - 1) > limit:
        widest = max(elastic, key=widths.__getitem__)
        if widths[widest] <= NARROWEST:
            return
        widths[widest] -= 1


def _line(texts: list[str], widths: list[int], numeric: list[bool], *, whole: bool) -> str:
    padded = []
    for text, width, right in zip(texts, widths, numeric, strict=True):
        shown = text if whole else elide(text, width)
        filling = " " * (width - display_width(shown))
        padded.append(filling + shown if right else shown + filling)
    return GAP.join(padded).rstrip()


def json_value(value: Value) -> str | int | float | bool | None:
    """A value as JSON has it; dates in ISO 8601 with offset, in UTC so that texts sort by time."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, str):
        return str(value)
    return value


def write_json(output: Output, objects: Iterable[Mapping[str, object]]) -> None:
    """Write an array with one object per line, in constant memory."""
    import json

    output.write("[")
    separator = "\n"
    for one in objects:
        output.write(separator + json.dumps(one, ensure_ascii=not output.utf8))
        separator = ",\n"
    output.write("]\n" if separator == "\n" else "\n]\n")


def json_object(columns: Sequence[Column[T]], row: T) -> dict[str, object]:
    """A row as an object whose keys are the columns' names."""
    return {column.key: json_value(column.value(row)) for column in columns}
