"""Tables, JSON and what a terminal must not see."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailadmin.cli.frame.output import (
    Output,
    display_width,
    elide,
    json_value,
    plain,
    write_json,
    write_table,
)
from mailadmin.domain.provider import Encryption
from mailadmin.tables.column import Column, Kind

COLUMNS: tuple[Column[tuple[int, str]], ...] = (
    Column("id", "ID", Kind.NUMBER, of=lambda row: row[0]),
    Column("subject", "Subject", of=lambda row: row[1]),
    Column("reason", "Reason", of=lambda row: row[1]),
)


class Terminal(io.StringIO):
    """A terminal as far as a program can tell."""

    def isatty(self) -> bool:
        return True


def table(stream: io.StringIO, *rows: tuple[int, str]) -> list[str]:
    write_table(Output(stream), COLUMNS, rows)
    return stream.getvalue().splitlines()


def test_columns_are_as_wide_as_their_cells() -> None:
    assert table(io.StringIO(), (1, "one"), (100, "日本語")) == [
        " ID  SUBJECT  REASON",
        "  1  one      one",
        "100  日本語   日本語",
    ]


def test_a_pipe_gets_long_cells_whole() -> None:
    assert "x" * 500 in table(io.StringIO(), (1, "x" * 500))[1]


@pytest.mark.parametrize("text", ["x" * 500, "日本語" * 100, "word " * 100])
def test_a_table_fits_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for line in table(Terminal(), (123456, text)):
        assert display_width(line) <= 60
    assert "…" in table(Terminal(), (1, text))[1]


def test_a_long_text_is_cut_by_the_columns_it_takes() -> None:
    assert elide("abcdef", 6) == "abcdef"
    assert elide("abcdef", 4) == "abc…"
    assert elide("日本語", 4) == "日…"
    assert display_width("e\u0301") == 1


@pytest.mark.parametrize(
    "character", ["\x1b", "\x07", "\x9b", "\x7f", "\u202e", "\u2066", "\x00", "\ud800"]
)
def test_what_would_control_a_terminal_is_replaced(character: str) -> None:
    assert plain(f"a{character}b") == "a\ufffdb"


def test_line_breaks_become_spaces() -> None:
    assert plain("a\nb\u2028c\td") == "a b c d"


def test_json_has_dates_in_utc_and_enums_as_text() -> None:
    moment = datetime(2026, 11, 22, 12, 0, 0, 1500, timezone(timedelta(hours=2)))
    assert json_value(moment) == "2026-11-22T10:00:00.001+00:00"
    assert datetime.fromisoformat(str(json_value(moment))).tzinfo is UTC
    assert json_value(Encryption.SSL) == "SSL"
    assert json_value(None) is None


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_json_means_the_same_in_every_encoding_of_the_terminal(encoding: str) -> None:
    """Whatever the locale, what arrives is JSON and means the same."""
    values = [{"subject": "Ünï “x” 🎉 \x1b"}, {"subject": "é"}]
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding)
    write_json(Output(stream), values)
    stream.flush()
    assert json.loads(raw.getvalue().decode(encoding)) == values


def test_a_program_without_standard_output_writes_nothing() -> None:
    output = Output(None)
    output.line("nobody sees it")
    output.flush()
    output.abandon()
