"""What a user chooses to filter a column by, and which kinds of columns it fits."""

from __future__ import annotations

from typing import Any, TypeAlias

from mailadmin.tables.column import Column
from mailadmin.tables.date_presets import DatePreset
from mailadmin.tables.query import ColumnFilter, finds_everything

Chosen: TypeAlias = ColumnFilter | DatePreset
"""A preset means other days every day."""


def fits(column: Column[Any], chosen: Chosen) -> bool:
    """Whether a column can be filtered so, and rows are left out by it."""
    everything = not isinstance(chosen, DatePreset) and finds_everything(chosen)
    return column.filterable and column.kind is chosen.kind and not everything
