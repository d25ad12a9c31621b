"""The form in which preferences stand in the database: one JSON object for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailadmin.domain.errors import InvalidInput
from mailadmin.preferences.declarations import PREFERENCES

ROW = "delivery"
"""The key of the object among the settings of the store."""


def believed(stored: object) -> dict[str, Any]:
    """The values by key that stand in `stored` and make sense.

    Nonsense (of another version, or written by hand) is left out, and its whole group with it.
    """
    if not isinstance(stored, dict):
        return {}
    values: dict[str, Any] = {}
    nonsense = set()
    for each in PREFERENCES:
        if each.stored_as not in stored:
            continue
        try:
            value = each.kind.from_json(stored[each.stored_as])
            values[each.key] = each.kind.check(value, each.key)
        except (TypeError, ValueError, OverflowError, InvalidInput):
            nonsense.add(each.group)
    return {
        each.key: values[each.key]
        for each in PREFERENCES
        if each.key in values and each.group not in nonsense
    }


def to_store(values: Mapping[str, Any]) -> dict[str, object]:
    """The object for these values by key. Raises `InvalidInput` for the first that is none."""
    return {
        each.stored_as: each.kind.to_json(each.kind.check(values[each.key], each.key))
        for each in PREFERENCES
        if each.key in values
    }
