"""A column of an exported table, for all kinds of files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")

Value = str | int | float | bool | datetime | None


@dataclass(frozen=True)
class ExportColumn(Generic[T]):
    """A column's title and its value for a row. `dates`: its values are dates or None."""

    title: str
    value: Callable[[T], Value]
    dates: bool = False
