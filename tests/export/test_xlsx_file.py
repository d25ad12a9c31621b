"""XLSX files are written so that another library reads them back."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from mailadmin.export.column import ExportColumn, Value
from mailadmin.export.xlsx_file import XlsxTable

Row = tuple[Value, Value]
COLUMNS = [ExportColumn[Row]("ID", lambda row: row[0]), ExportColumn("Reason", lambda row: row[1])]

moments = st.datetimes(datetime(1901, 1, 1), datetime(2300, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them so


def written(
    folder: Path, rows: Sequence[Row], columns: Sequence[ExportColumn[Row]] = COLUMNS, **more: int
) -> Path:
    path = folder / "table.xlsx"
    with path.open("wb") as file:
        table = XlsxTable(file, columns, folder=folder, **more)
        assert table.write(rows) == len(rows)
        table.close()
    assert list(folder.iterdir()) == [path]  # the files of the rows are gone
    return path


def cells(path: Path) -> list[list[list[Any]]]:
    """Return sheets of rows of cells."""
    book = load_workbook(path)
    read = [[list(row) for row in sheet.iter_rows()] for sheet in book.worksheets]
    book.close()
    return read


def texts(path: Path) -> list[str]:
    """Return the second column without its title."""
    (rows,) = cells(path)
    for row in rows[1:]:
        assert row[1].data_type in "sn", row[1].data_type  # n: an empty cell
        assert row[1].hyperlink is None
    return [unescape(row[1].value or "") for row in rows[1:]]


def test_numbers_texts_booleans_and_dates_keep_their_type(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 22, 12, 4, 5, 120_000, tzinfo=UTC)
    rows: list[Row] = [(1, "all well"), (-2, None), (3, True), (4, moment), (5, 1.5)]
    (titles, *read) = cells(written(tmp_path, rows))[0]
    assert [cell.value for cell in titles] == ["ID", "Reason"]
    assert [row[0].value for row in read] == [1, -2, 3, 4, 5]
    assert read[0][1].value == "all well"
    assert read[1][1].value is None
    assert read[2][1].value is True
    assert read[3][1].is_date
    assert read[3][1].value.replace(microsecond=120_000) == moment.astimezone().replace(tzinfo=None)
    assert abs(read[3][1].value.microsecond - 120_000) <= 1000  # a fraction of a day
    assert read[4][1].value == 1.5


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'", "{=", "http://", "mailto:"])
def test_a_text_that_looks_like_a_formula_or_link_stays_a_text(start: str, tmp_path: Path) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    assert texts(written(tmp_path, [(1, text), (2, "12")])) == [text, "12"]


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b\x1b[31m\x7f\x0b\ufffe\uffff",
        "_x0041_ is not A",
        " spaces \n and\tlines\r\n",
        "<r><t>markup</t></r>",
        "<r>&</r>",
        "<r></r>",
        "<b>&amp;]]></b>",
        "\U0001f4e7 émoji",
    ],
)
def test_control_characters_and_markup_read_back(text: str, tmp_path: Path) -> None:
    assert texts(written(tmp_path, [(1, text)])) == [text]


def test_surrogates_are_replaced_and_long_texts_are_cut(tmp_path: Path) -> None:
    markup = f"<r>{'x' * 40_000}</r>"
    first, second, third = texts(
        written(tmp_path, [(1, "a\ud800b"), (2, "é" * 40_000), (3, markup)])
    )
    assert first == "a\N{REPLACEMENT CHARACTER}b"
    assert second == "é" * 32_767
    assert markup.startswith(third)
    assert len(third) > 16_000


def test_a_date_before_1900_is_written_as_text(tmp_path: Path) -> None:
    moment = datetime(1871, 5, 4, tzinfo=UTC)
    (text,) = texts(written(tmp_path, [(1, moment)]))
    assert datetime.fromisoformat(text) == moment


def test_rows_beyond_a_full_sheet_continue_on_the_next(tmp_path: Path) -> None:
    rows: list[Row] = [(number, f"row {number}") for number in range(1, 26)]
    sheets = cells(written(tmp_path, rows, rows_of_a_sheet=11))
    assert [len(sheet) for sheet in sheets] == [11, 11, 6]
    assert all([cell.value for cell in sheet[0]] == ["ID", "Reason"] for sheet in sheets)
    assert [row[0].value for sheet in sheets for row in sheet[1:]] == list(range(1, 26))


def test_a_table_without_rows_has_its_titles(tmp_path: Path) -> None:
    assert len(cells(written(tmp_path, []))[0]) == 1


def test_titles_are_bold_frozen_and_filtered_and_columns_are_wide_enough(tmp_path: Path) -> None:
    path = written(tmp_path, [(1, "x" * 30), (2, datetime(2026, 1, 1, tzinfo=UTC)), (3, "y" * 99)])
    book = load_workbook(path)
    sheet = book.active
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B4"
    assert sheet["A1"].font.bold
    assert sheet["B3"].number_format == "yyyy-mm-dd hh:mm:ss"
    assert 60 < sheet.column_dimensions["B"].width < 63
    book.close()


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of a process can't be changed here")
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "title", "shown"),
    [
        ("UTC", "Date (UTC)", datetime(2026, 7, 1, 12)),  # noqa: DTZ001 - a spreadsheet's
        ("Europe/Berlin", "Date (UTC+01:00/+02:00)", datetime(2026, 7, 1, 14)),  # noqa: DTZ001
        ("America/St_Johns", "Date (UTC-03:30/-02:30)", datetime(2026, 7, 1, 9, 30)),  # noqa: DTZ001
    ],
    indirect=["zone"],
)
@pytest.mark.usefixtures("zone")
def test_dates_are_in_local_time_and_the_title_names_the_offset(
    title: str, shown: datetime, tmp_path: Path
) -> None:
    columns = [ExportColumn[Row]("Date", lambda row: row[1], dates=True)]
    path = written(tmp_path, [(1, datetime(2026, 7, 1, 12, tzinfo=UTC)), (2, None)], columns)
    (rows,) = cells(path)
    assert rows[0][0].value == title
    assert rows[1][0].value == shown


def test_rows_are_on_disk_before_the_file_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    with path.open("wb") as file:
        table = XlsxTable(file, COLUMNS, folder=tmp_path)
        table.write((number, "word " * 100) for number in range(3000))
        on_disk = sum(each.stat().st_size for each in tmp_path.iterdir())
        table.close()
    assert on_disk > 1_000_000  # before the workbook is put together
    assert zipfile.ZipFile(path).testzip() is None


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**53), 2**53),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
        ),
        max_size=4,
    )
)
def test_a_table_reads_back(rows: list[Row]) -> None:
    with TemporaryDirectory() as folder:
        path = written(Path(folder), rows)
        assert texts(path) == [row[1] for row in rows]


@settings(max_examples=40)
@given(moments)
def test_a_date_reads_back(moment: datetime) -> None:
    with TemporaryDirectory() as folder:
        read = cells(written(Path(folder), [(1, moment)]))[0][1][1].value
    assert abs((read - moment.astimezone().replace(tzinfo=None)).total_seconds()) < 0.01


def test_the_xlsx_library_is_imported_only_when_a_file_is_written() -> None:
    """Neither the start of the command line nor that of the window waits for it."""
    program = (
        "import sys, mailadmin.export.table_file, mailadmin.cli.parser;"
        "import mailadmin.ui.export.table_export;"
        "print('xlsxwriter' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
