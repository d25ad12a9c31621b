"""Number ranges as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mailadmin.tables.number_ranges import LARGEST, parse_range, write_range
from mailadmin.tables.query import NumberRange


@pytest.mark.parametrize(
    ("written", "least", "most"),
    [
        ("5", 5, 5),
        (" = 5 ", 5, 5),
        (">5", 6, None),
        (">= 5", 5, None),
        ("≥5", 5, None),
        ("<5", None, 4),
        ("<=3", None, 3),
        ("≤3", None, 3),
        ("5-10", 5, 10),
        ("5 – 10", 5, 10),
        ("5..10", 5, 10),
        ("5…10", 5, 10),
        ("5-", 5, None),
        ("-10", None, 10),
        ("1,000-2.000.000", 1000, 2_000_000),
        ("10 000", 10_000, 10_000),
        ("٥", 5, 5),
    ],
)
def test_a_written_range_is_parsed(written: str, least: int | None, most: int | None) -> None:
    assert parse_range(written) == NumberRange(least, most)


@pytest.mark.parametrize("written", ["", "  "])
def test_an_empty_text_is_no_range(written: str) -> None:
    assert parse_range(written) is None


@pytest.mark.parametrize(
    "written",
    ["abc", ">", "-", "5x", "5-10-15", "10-5", "><5", "1e3", "1.5", str(LARGEST), "9" * 6000],
)
def test_a_text_that_is_no_range_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"number|more than|too large"):
        parse_range(written)


_END = some.none() | some.integers(0, LARGEST - 1)


@given(_END, _END)
def test_a_written_range_reads_back(least: int | None, most: int | None) -> None:
    if least is not None and most is not None and least > most:
        least, most = most, least
    chosen = NumberRange(least, most)
    assert parse_range(write_range(chosen)) == (None if chosen == NumberRange() else chosen)
