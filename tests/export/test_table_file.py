"""A table file appears complete under its name, or not at all."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from mailadmin.export.column import ExportColumn
from mailadmin.export.table_file import Stopped, TableFile, TableFormat

COLUMNS = [ExportColumn[str]("Name", lambda row: row)]
BOTH = pytest.mark.parametrize("form", list(TableFormat))


def content(path: Path) -> list[str]:
    if TableFormat.of(path) is TableFormat.CSV:
        return path.read_text("utf-8-sig").splitlines()
    book = load_workbook(path)
    names = [str(value) for (value,) in book.active.iter_rows(values_only=True)]
    book.close()
    return names


@BOTH
def test_a_complete_file_replaces_an_earlier_one(form: TableFormat, tmp_path: Path) -> None:
    path = tmp_path / f"names.{form}"
    path.write_text("of yesterday")
    file = TableFile(path, form, COLUMNS)
    assert file.write(["Ann", "Bob"]) == 2
    assert file.write(["Cem"]) == 1
    assert path.read_text() == "of yesterday"
    file.complete()
    assert content(path) == ["Name", "Ann", "Bob", "Cem"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
@BOTH
def test_a_new_file_has_the_permissions_of_the_umask(form: TableFormat, tmp_path: Path) -> None:
    path = tmp_path / f"names.{form}"
    before = os.umask(0o027)
    try:
        file = TableFile(path, form, COLUMNS)
        file.complete()
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
@BOTH
def test_a_replaced_file_keeps_its_permissions(form: TableFormat, tmp_path: Path) -> None:
    path = tmp_path / f"names.{form}"
    path.write_text("of yesterday")
    path.chmod(0o600)
    file = TableFile(path, form, COLUMNS)
    file.complete()
    assert path.stat().st_mode & 0o777 == 0o600
    assert content(path) == ["Name"]


@BOTH
def test_a_file_may_have_the_longest_possible_name(form: TableFormat, tmp_path: Path) -> None:
    path = tmp_path / f"{'ä' * 125}.{form}"
    file = TableFile(path, form, COLUMNS)
    file.complete()
    assert content(path) == ["Name"]
    assert list(tmp_path.iterdir()) == [path]


@BOTH
def test_a_discarded_file_leaves_nothing_behind(form: TableFormat, tmp_path: Path) -> None:
    path = tmp_path / f"names.{form}"
    path.write_text("of yesterday")
    file = TableFile(path, form, COLUMNS)
    file.write(f"name {number}" for number in range(10_000))
    file.discard()
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "of yesterday"


@BOTH
def test_a_file_that_is_garbage_collected_leaves_nothing_behind(
    form: TableFormat, tmp_path: Path
) -> None:
    file = TableFile(tmp_path / f"names.{form}", form, COLUMNS)
    file.write(["Ann"])
    assert list(tmp_path.iterdir())
    del file
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_csv_file_can_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    file = TableFile(path, TableFormat.CSV, COLUMNS, bom=True)
    file.write(["Zoë"])
    file.complete()
    assert path.read_bytes() == "\ufeffName\r\nZoë\r\n".encode()


def test_completing_an_xlsx_file_can_be_stopped(tmp_path: Path) -> None:
    file = TableFile(tmp_path / "names.xlsx", TableFormat.XLSX, COLUMNS)
    file.write(f"name {number}" for number in range(10_000))
    file.stop()
    with pytest.raises(Stopped):
        file.complete()
    file.discard()
    gc.collect()
    assert list(tmp_path.iterdir()) == []


@BOTH
def test_a_lone_surrogate_is_replaced(form: TableFormat, tmp_path: Path) -> None:
    path = tmp_path / f"names.{form}"
    file = TableFile(path, form, COLUMNS)
    file.write(["a\udc80b"])
    file.complete()
    assert content(path)[1] in {"a?b", "a\N{REPLACEMENT CHARACTER}b"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
@BOTH
def test_a_full_disk_is_reported_and_leaves_nothing_behind(
    form: TableFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full when the file is completed; the rows before had room."""
    open_path = Path.open

    def open_full(path: Path, *arguments: str, **options: str) -> object:
        return open_path(Path("/dev/full") if path.name == "table" else path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", open_full)
    path = tmp_path / f"names.{form}"
    file = TableFile(path, form, COLUMNS)
    complete: Callable[[], None] = file.complete
    with pytest.raises(OSError, match="No space left"):
        _write_much(file, complete)
    file.discard()
    monkeypatch.undo()
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def _write_much(file: TableFile[str], complete: Callable[[], None]) -> None:
    for start in range(0, 5000, 1000):
        file.write(f"name {os.urandom(50).hex()} {number}" for number in range(start, start + 1000))
    complete()


@BOTH
def test_a_missing_folder_is_reported(form: TableFormat, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        TableFile(tmp_path / "absent" / "names", form, COLUMNS)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights")
def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "names.csv"
    link.symlink_to(tmp_path / "real" / "names.csv")
    file = TableFile(link, TableFormat.CSV, COLUMNS)
    file.complete()
    assert link.is_symlink()
    assert (tmp_path / "real" / "names.csv").read_text() == "Name\n"


def test_the_suffix_says_the_kind_of_file() -> None:
    assert TableFormat.of(Path("a.XLSX")) is TableFormat.XLSX
    assert TableFormat.of(Path("b.c/a.csv")) is TableFormat.CSV
    assert TableFormat.of(Path("a.txt")) is None
    assert TableFormat.of(Path("csv")) is None
