"""What holds for every name that a person gives: one line, of a bearable length."""

from __future__ import annotations

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput

LONGEST_NAME = 200  # characters of a caption or a name


def name_problem(field: str, value: str) -> InvalidInput | None:
    """Why `value` can't be a name of one line, None if it can; `field` is an attribute."""
    if any(not character.isprintable() for character in value):
        return InvalidInput(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "Line breaks and invisible characters can't stand here. Type it again.",
            ),
        )
    if len(value) > LONGEST_NAME:
        return InvalidInput(
            field,
            QT_TRANSLATE_NOOP("KnownError", "At most {limit} characters can stand here."),
            limit=LONGEST_NAME,
        )
    return None
