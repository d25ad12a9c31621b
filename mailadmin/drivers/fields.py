"""The fields of a driver's settings, declared once for command line, file and database."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput


class PathTo(Enum):
    """What a path names, on the disk of the computer that sends."""

    FILE = "file"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the attribute of the settings, its name in a file and in the database.

    `summary`, `metavar` and `option` are what the command line says of it; `title` stands before
    its value where all of a provider is shown, "" if one of the public columns shows it.
    """

    name: str
    kind: type[str] | type[int] | type[bool] | type[StrEnum]
    summary: str
    metavar: str = ""
    option: str = ""  # "": the name
    title: str = ""
    required: bool = False
    path: PathTo | None = None

    @property
    def key(self) -> str:
        """What scripts know it by."""
        return self.option or self.name

    @property
    def flag(self) -> str:
        """The option of the command line."""
        return f"--{self.key.replace('_', '-')}"

    def read(self, value: object) -> object:
        """A value out of JSON as the attribute, or the `InvalidInput` that says why it can't be."""
        return read_value(self.name, self.kind, value)

    def problem(self, value: object) -> InvalidInput | None:
        """Why a text can't stand here: it is missing, has more than a line, or is half a path."""
        text = str(value)
        if self.required and not text:
            template = QT_TRANSLATE_NOOP("KnownError", "This has to be given.")
        elif not text.isprintable():
            template = QT_TRANSLATE_NOOP(
                "KnownError",
                "Line breaks and invisible characters can't stand here. Type it again.",
            )
        elif self.path is not None and text and not Path(text).is_absolute():
            template = QT_TRANSLATE_NOOP(
                "KnownError",
                "Give the whole path, from the root on: the sender may run in another folder.",
            )
        else:
            return None
        return InvalidInput(self.name, template)


def read_value(name: str, kind: type, value: object) -> object:
    """`value` out of JSON as a `kind`, or the `InvalidInput` that says why it can't be one."""
    if issubclass(kind, StrEnum):
        members = {member.value.casefold(): member for member in kind}
        if isinstance(value, str) and value.casefold() in members:
            return members[value.casefold()]
        return one_of(name, [member.value for member in kind])
    if kind is bool:
        if isinstance(value, bool):
            return value
        return InvalidInput(name, QT_TRANSLATE_NOOP("KnownError", "Write true or false."))
    if kind is int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return InvalidInput(name, QT_TRANSLATE_NOOP("KnownError", "A whole number belongs here."))
    if isinstance(value, str):
        return value
    return InvalidInput(name, QT_TRANSLATE_NOOP("KnownError", "A text belongs here."))


def one_of(name: str, values: list[str]) -> InvalidInput:
    """That only one of `values` can be the field `name`."""
    return InvalidInput(
        name,
        QT_TRANSLATE_NOOP("KnownError", "Only {values} can stand here."),
        values=", ".join(values),
    )


def missing_field(name: str) -> InvalidInput:
    """That the field has to be there."""
    return InvalidInput(name, QT_TRANSLATE_NOOP("KnownError", "This field is missing."))


def no_such_field(name: str) -> InvalidInput:
    """That nothing is known by this name."""
    return InvalidInput(name, QT_TRANSLATE_NOOP("KnownError", "There is no field of this name."))
