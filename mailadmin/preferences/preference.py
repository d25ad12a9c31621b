"""How a preference is declared: as a field of a dataclass, with all that is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mailadmin.preferences.kinds import Kind

if TYPE_CHECKING:
    from mailadmin.preferences.declarations import Preferences

T = TypeVar("T")

_DECLARATION = "preference"  # in the metadata of a field


@dataclass(frozen=True, slots=True)
class Group:
    """Preferences that belong together: a box of the dialog.

    What is stored of a group is believed as a whole or not at all: half of it would be neither
    what the administrator chose nor what Mail Admin came with.
    """

    title: str


@dataclass(frozen=True, slots=True)
class Preference(Generic[T]):
    """One preference. The texts are templates that `QT_TRANSLATE_NOOP` marks for translation.

    `key` is its name in the command line and in `Preferences`, `stored_as` the one in the database.
    `label` stands beside its field, with the mark of its shortcut key; `description` says what it
    does; `note` is what the dialog says below the field, if anything.
    """

    key: str
    kind: Kind[T]
    default: T
    group: Group
    label: str
    description: str
    note: str
    stored_as: str

    def of(self, preferences: Preferences) -> T:
        """Its value."""
        value: T = getattr(preferences, self.key)
        return value


def preference(
    default: T,
    kind: Kind[T],
    group: Group,
    *,
    label: str,
    description: str,
    note: str = "",
    stored_as: str,
) -> T:
    """A field that is a preference; its name is the key, its type that of the value."""
    make = partial(
        Preference,
        kind=kind,
        default=default,
        group=group,
        label=label,
        description=description,
        note=note,
        stored_as=stored_as,
    )
    return field(default=default, metadata={_DECLARATION: make})


def declared_in(preferences: type[Preferences]) -> tuple[Preference[Any], ...]:
    """The preferences that are fields of a dataclass, in their order."""
    return tuple(
        each.metadata[_DECLARATION](key=each.name)
        for each in fields(preferences)
        if _DECLARATION in each.metadata
    )


def values_of(preferences: Preferences) -> dict[str, Any]:
    """Every preference's value by its key, and nothing else that a subclass may have."""
    return {each.key: each.of(preferences) for each in declared_in(type(preferences))}
