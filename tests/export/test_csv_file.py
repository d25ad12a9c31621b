"""CSV files that a spreadsheet opens safely and that read back unchanged."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.export.column import ExportColumn, Value
from mailadmin.export.csv_file import quote_formula, unquote_formula, write_csv

Row = tuple[Value, ...]


def written(*rows: Row) -> str:
    file = io.StringIO(newline="")
    columns = [
        ExportColumn[Row]("ID", lambda row: row[0]),
        ExportColumn("Reason", lambda row: row[1]),
    ]
    assert write_csv(file, columns, rows) == len(rows)
    return file.getvalue()


def test_a_file_has_titles_rows_and_crlf_line_ends() -> None:
    assert written((1, "all well"), (2, None)) == "ID,Reason\r\n1,all well\r\n2,\r\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'"])
def test_a_text_that_begins_like_a_formula_is_quoted(start: str) -> None:
    cell = next(
        csv.reader(io.StringIO(written((1, f"{start}cmd|' /C calc'!A0")).split("\r\n", 1)[1]))
    )
    assert cell[1].startswith("'")
    assert unquote_formula(cell[1]) == f"{start}cmd|' /C calc'!A0"


SPREADSHEETS = pytest.mark.parametrize("delimiter", [",", ";", "\t"])


def cells_of(text: str, delimiter: str) -> list[str]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [cell for line in lines for cell in line]


def computed(text: str, delimiter: str) -> list[str]:
    """Return the cells that begin like a formula, perhaps after a line end."""
    cells = [cell.lstrip("\r\n") for cell in cells_of(text, delimiter)]
    return [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]


@SPREADSHEETS
@pytest.mark.parametrize(
    "text",
    [
        "550 No such user;=cmd|' /C calc'!A0",
        "550, no such user;=cmd|' /C calc'!A0",
        'a";"=1',
        'a;"=1,',
        "a\t=1;+1;-1;@a",
        "a\n=1\r=1\r\n=1, b",
        'a,"\n=1',
        "a;\t=1",
        "=1;=1",
    ],
)
def test_a_formula_behind_another_separator_is_quoted(text: str, delimiter: str) -> None:
    content = written((1, text), (2, text), (3, "x"))
    assert computed(content, delimiter) == []
    assert [unquote_formula(cell) for cell in cells_of(content, ",")[3::2]] == [text, text, "x"]


def test_ordinary_texts_stay_as_they_are() -> None:
    for text in (
        "a; b;c;'d';\"e\"",
        "a=b - c; d=e",
        "550-5.1.1 no\r\n\r\n550 such user\nhere",
        "a;'b'",
        "text/plain; charset=utf-8",
    ):
        assert quote_formula(text) == text
    assert quote_formula("550 no;=1") == "550 no;'=1"


tricky = st.text(st.sampled_from("=+-@\t\r\n;,'\"a"), max_size=12)


@SPREADSHEETS
@given(st.lists(st.tuples(tricky, tricky), max_size=3))
def test_no_text_becomes_a_formula(delimiter: str, rows: list[Row]) -> None:
    assert computed(written(*rows), delimiter) == []


@given(tricky)
def test_a_text_with_quoted_formulas_reads_back(text: str) -> None:
    assert unquote_formula(quote_formula(text)) == text


def test_numbers_stay_numbers() -> None:
    assert written((-5, 1.5)).endswith("-5,1.5\r\n")


def test_dates_are_written_with_their_offset() -> None:
    moment = datetime(2026, 11, 22, 12, 4, 5, 120_000, tzinfo=UTC)
    text = written((1, moment)).split(",")[-1].strip()
    assert datetime.fromisoformat(text) == moment
    assert text[-6] in "+-"


def test_a_file_is_continued_without_titles() -> None:
    file = io.StringIO(newline="")
    columns = [ExportColumn[Row]("ID", lambda row: row[0])]
    write_csv(file, columns, [(1,)])
    write_csv(file, columns, [(2,)], with_titles=False)
    assert file.getvalue() == "ID\r\n1\r\n2\r\n"


def test_a_byte_order_mark_is_written_once_at_the_start() -> None:
    file = io.StringIO(newline="")
    columns = [ExportColumn[Row]("ID", lambda row: row[0])]
    write_csv(file, columns, [(1,)], bom=True)
    write_csv(file, columns, [(2,)], with_titles=False)
    content = file.getvalue().encode()
    assert content.startswith(b"\xef\xbb\xbfID")
    assert content.decode("utf-8-sig") == "ID\r\n1\r\n2\r\n"


@given(st.text())
def test_any_quoted_text_reads_back(text: str) -> None:
    assert unquote_formula(quote_formula(text)) == text


@given(
    st.lists(
        st.tuples(st.integers(), st.text(st.characters(exclude_characters="\x00"))), max_size=5
    )
)
def test_a_table_reads_back(rows: list[Row]) -> None:
    lines = list(csv.reader(io.StringIO(written(*rows), newline="")))
    assert [(int(line[0]), unquote_formula(line[1])) for line in lines[1:]] == rows
