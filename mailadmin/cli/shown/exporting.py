"""What every export of a table has in common: kind of file, columns, where it goes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from mailadmin.cli.frame.failure import CommandFailed, UsageError
from mailadmin.tables.column import Column

if TYPE_CHECKING:  # what writes files is loaded when one is written
    from mailadmin.cli.frame.options import Options
    from mailadmin.cli.frame.output import Output
    from mailadmin.export.column import ExportColumn
    from mailadmin.export.table_file import TableFormat

T = TypeVar("T")

_FORMATS = ("csv", "xlsx")
_PIECE = 1 << 20  # bytes


@dataclass(frozen=True)
class ExportChoice:
    """What was asked for. `path` is None for standard output."""

    path: Path | None
    form: TableFormat
    bom: bool
    columns: list[ExportColumn[Any]]


def add_export_options(parser: argparse.ArgumentParser, columns: Sequence[Column[T]]) -> None:
    """Offer what `export_choice` reads."""
    parser.add_argument(
        "--format", choices=_FORMATS, help="kind of file (default: by FILE's suffix, else csv)"
    )
    parser.add_argument(
        "--bom", action="store_true", help="begin CSV with a byte order mark, which Excel needs"
    )
    parser.add_argument(
        "--columns",
        metavar="A,B,C",
        help=f"what to write, in this order, of: {', '.join(each.key for each in columns)} "
        "(default: all)",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        default="-",
        help="file to write or replace; - or nothing for standard output",
    )


def export_choice(options: Options, columns: Sequence[Column[Any]]) -> ExportChoice:
    """What the options say. Raises `UsageError`."""
    from mailadmin.export.table_file import TableFormat

    path = None if options.file == "-" else Path(options.file)
    if options.format is not None:
        form = TableFormat(options.format)
    else:
        form = (path and TableFormat.of(path)) or TableFormat.CSV
    if options.bom and form is not TableFormat.CSV:
        raise UsageError("--bom is for CSV")
    return ExportChoice(path, form, options.bom, _chosen(options.columns, columns))


def _chosen(keys: str | None, columns: Sequence[Column[Any]]) -> list[ExportColumn[Any]]:
    from mailadmin.export.column import ExportColumn

    known = {column.key: column for column in columns}
    wanted = list(known) if keys is None else [key.strip() for key in keys.split(",")]
    for place, key in enumerate(wanted):
        if key not in known:
            raise UsageError(f"--columns: {key!r} is none of {', '.join(known)}")
        if key in wanted[:place]:
            raise UsageError(f"--columns: {key} is there twice")
    return [
        ExportColumn(column.title, column.value, column.dates)
        for column in (known[key] for key in wanted)
    ]


def write_export(output: Output, chosen: ExportChoice, rows: Iterable[Any]) -> int:
    """Write `rows`, of which one is kept at a time; gives how many. Raises `CommandFailed`."""
    path = chosen.path
    try:
        if path is None:
            return _to_output(output, chosen, rows)
        if path.exists() and not path.is_file():  # a device or a pipe is written as it is
            return _to_device(path, chosen, rows)
        return _to_file(path, chosen, rows)
    except OSError as error:
        raise CommandFailed(
            "“{path}” can't be written: {reason}.",
            path=path or error.filename,  # for standard output it was made beside
            reason=error.strerror,
        ) from error


def _to_file(path: Path, chosen: ExportChoice, rows: Iterable[Any]) -> int:
    from mailadmin.export.table_file import TableFile

    file: TableFile[Any] = TableFile(path, chosen.form, chosen.columns, bom=chosen.bom)
    try:
        written = file.write(rows)
        file.complete()
    except BaseException:
        file.discard()
        raise
    return written


def _to_output(output: Output, chosen: ExportChoice, rows: Iterable[Any]) -> int:
    from mailadmin.export.csv_file import write_csv
    from mailadmin.export.table_file import TableFormat

    if chosen.form is TableFormat.CSV:
        output.exactly()
        return write_csv(output, chosen.columns, rows, bom=chosen.bom)
    if output.width is not None:
        raise CommandFailed("A terminal can't show XLSX: name a file for it.")
    return _in_pieces(output.write_bytes, chosen, rows)


def _to_device(path: Path, chosen: ExportChoice, rows: Iterable[Any]) -> int:
    from mailadmin.export.csv_file import write_csv
    from mailadmin.export.table_file import TableFormat

    if chosen.form is TableFormat.CSV:
        with path.open("w", encoding="utf-8", errors="replace", newline="") as text:
            return write_csv(text, chosen.columns, rows, bom=chosen.bom)
    with path.open("wb") as device:
        return _in_pieces(device.write, chosen, rows)


def _in_pieces(write: Callable[[bytes], object], chosen: ExportChoice, rows: Iterable[Any]) -> int:
    """Write a temporary file and copy it, because a zip file's beginning is written last."""
    with TemporaryDirectory() as folder:
        made = Path(folder, "table")
        written = _to_file(made, chosen, rows)
        with made.open("rb") as file:
            while piece := file.read(_PIECE):
                write(piece)
    return written
