"""A range of numbers as people write it into a filter."""

from __future__ import annotations

import re
from typing import Final

from mailadmin.tables.query import NumberRange

LARGEST: Final = 2**63 - 1  # what both databases can compare with

_SEPARATOR = r"[\s.,'’٬]"  # of thousands, in any locale
_NUMBER = rf"(\d+(?:(?:{_SEPARATOR}\d{{2,3}})*{_SEPARATOR}\d{{3}})?)"
_RANGE = re.compile(rf"{_NUMBER}?\s*(?:-|–|—|\.\.+|…)\s*{_NUMBER}?$")
_COMPARISON = re.compile(rf"(>=|<=|=|>|<|≥|≤)?\s*{_NUMBER}$")


def parse_range(written: str) -> NumberRange | None:
    """`5`, `>5`, `>=5`, `<5`, `<=5`, `5-10`, `5-`, `-10`; None for nothing.

    Raises ValueError for what is none of these, and for a range that ends before it begins.
    """
    text = written.strip()
    if not text:
        return None
    if found := _COMPARISON.match(text):
        sign, number = found[1] or "=", _number(found[2])
        match sign:
            case ">":
                return NumberRange(least=number + 1)
            case ">=" | "≥":
                return NumberRange(least=number)
            case "<":
                return NumberRange(most=number - 1)
            case "<=" | "≤":
                return NumberRange(most=number)
        return NumberRange(number, number)
    found = _RANGE.match(text)
    if found is None or not (found[1] or found[2]):
        raise ValueError(f"not a range of numbers: {written!r}")
    least = _number(found[1]) if found[1] else None
    most = _number(found[2]) if found[2] else None
    if least is not None and most is not None and least > most:
        raise ValueError(f"{least} is more than {most}")
    return NumberRange(least, most)


def write_range(chosen: NumberRange) -> str:
    """What `parse_range` reads as `chosen`."""
    match chosen:
        case NumberRange(None, None):
            return ""
        case NumberRange(None, most):
            return f"<={most}"
        case NumberRange(least, None):
            return f">={least}"
        case NumberRange(least, most) if least == most:
            return str(least)
    return f"{chosen.least}–{chosen.most}"


def _number(digits: str) -> int:
    pure = "".join(each for each in digits if each.isdecimal())
    # Python refuses to read numbers of thousands of digits, and no database holds them
    if len(pure) > len(str(LARGEST)) or (number := int(pure)) >= LARGEST:
        raise ValueError("the number is too large")
    return number
