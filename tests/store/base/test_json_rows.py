"""Batches of rows as one parameter, whose places have names."""

from __future__ import annotations

from typing import NamedTuple

from mailadmin.store import Store
from mailadmin.store.base.json_rows import as_json, batch


class Berry(NamedTuple):
    """A row."""

    id: int
    name: str
    ripe: bool
    eaten: str | None


def test_fields_have_the_names_and_the_order_of_the_named_tuple(store: Store) -> None:
    rows = [Berry(7, "sloe", True, None), Berry(3, "rowan \ud800", False, "today")]
    rows_of = batch("berry", "berries", Berry)
    select = f"WITH {rows_of} SELECT eaten, ripe, name, id FROM berry"  # noqa: S608
    found = store._database.sql(select, {"berries": as_json(rows)})
    assert found == [(None, 1, "sloe", 7), ("today", 0, "rowan ?", 3)]
