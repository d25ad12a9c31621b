"""Find a widget by its object name, as scripts and the tests do."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QObject

T = TypeVar("T", bound=QObject)


def child(parent: QObject, kind: type[T], name: str) -> T:
    """The only descendant of `parent` of that kind and object name."""
    found = parent.findChildren(kind, name)
    assert len(found) == 1, f"{len(found)} objects are named {name}"
    return found[0]
