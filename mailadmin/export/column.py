"""What is written to a file for a row of a table, whatever the kind of file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")

Value = str | int | float | bool | datetime | None


@dataclass(frozen=True)
class ExportColumn(Generic[T]):
    """A column's title and what is written for a row. `dates`: its values are dates or None."""

    title: str
    value: Callable[[T], Value]
    dates: bool = False
