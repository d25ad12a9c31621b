"""Domain values are read from rows by the names and types of their fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from mailadmin.store.query.rows import StoredRow


class Taste(StrEnum):
    """Few words."""

    SWEET = "sweet"


@dataclass(frozen=True, slots=True)
class Berry:
    """A row."""

    id: int
    taste: Taste
    picked: datetime
    eaten: datetime | None
    ripe: bool = False


def test_a_field_is_the_column_of_its_name_unless_said_otherwise() -> None:
    row = StoredRow(Berry, "berry", {"ripe": "berry.sugar > 5"})
    assert row.columns == (
        "berry.id",
        "berry.taste",
        "berry.picked",
        "berry.eaten",
        "berry.sugar > 5",
    )


def test_moments_words_and_truth_values_are_read_by_type() -> None:
    row = StoredRow(Berry, "berry", {})
    read = row.read((7, "sweet", "2026-11-30T12:00:00.000+00:00", None, 1))
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert read == Berry(7, Taste.SWEET, noon, None, True)
    assert type(read.taste) is Taste
    assert read.ripe is True
