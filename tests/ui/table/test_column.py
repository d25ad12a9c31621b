"""A declared column with the look that the window gives it."""

from __future__ import annotations

import pytest

from mailadmin.tables.column import Column, Kind
from mailadmin.ui.table.column import LEFT, RIGHT, Look, shown
from tests.ui.fruit import Fruit

DECLARED: tuple[Column[Fruit], ...] = (
    Column("id", "ID", Kind.NUMBER, width=60),
    Column("color", "Color", Kind.CHOICE, values=("red",), overlapping=("ripe",)),
)
PLUM = Fruit(2, "plum", 30)


def test_a_shown_column_is_all_that_was_declared() -> None:
    number, color = shown(DECLARED, {"color": Look(text=lambda row: row.color.upper())})
    assert (number.key, number.kind, number.width, number.align) == ("id", Kind.NUMBER, 60, RIGHT)
    assert (color.values, color.overlapping, color.align) == (("red",), ("ripe",), LEFT)
    assert (number.display(PLUM), color.display(PLUM)) == ("2", "RED")


def test_offered_values_alone_have_words_of_their_own() -> None:
    _, color = shown(DECLARED, {"color": Look(word=str.upper)})
    assert [color.word_of(value) for value in ("red", "ripe", "mauve")] == ["RED", "RIPE", "mauve"]


def test_a_look_for_a_column_that_was_not_declared_is_an_error() -> None:
    with pytest.raises(ValueError, match="colour"):
        shown(DECLARED, {"colour": Look()})
