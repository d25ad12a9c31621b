"""Batches as one parameter: a JSON array of rows, whose places have names in SQL and in Python.

SQLite reads a batch in one statement, outside the interpreter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple


def batch(name: str, parameter: str, row: type[NamedTuple]) -> str:
    """A common table expression `name` of the rows in `:parameter`, with the fields of `row`.

    `jsonb_each` reads what is nested in a row without parsing it again for each field.
    """
    fields = ", ".join(f"value ->> {place} AS {field}" for place, field in enumerate(row._fields))
    return f"{name} AS NOT MATERIALIZED (SELECT {fields} FROM jsonb_each(:{parameter}))"  # noqa: S608 - names of this package


def as_json(rows: Sequence[tuple[Any, ...]]) -> str:
    """The parameter. What a server wrote must never keep its outcome from the disk."""
    text = json.dumps(rows, ensure_ascii=False, check_circular=False)
    if not text.isascii():  # half a surrogate pair has no UTF-8
        text = text.encode("utf-8", "replace").decode()
    return text
