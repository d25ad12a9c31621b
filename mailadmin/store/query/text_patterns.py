"""What a text is compared with so that SQLite finds it as a person would: in any case and script.

SQLite's LIKE knows upper and lower case of ASCII alone. For other letters a GLOB pattern lists both
cases of each; it takes twice as long, so it is used only where there are such letters.

Apart from case, texts are compared as they are stored: ü as one character is another text than u
with a combining diaeresis. Subjects and addresses come as one character from nearly everywhere, and
to look for both would take a pattern that no index answers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from mailadmin.store.query.letter_cases import STRAYS, cases
from mailadmin.tables.query import Match, Wanted

# Characters; SQLite refuses patterns of more than 50,000 bytes, and a letter can take up to 18.
LONGEST_PATTERN = 2_500
TRIGRAM = 3  # characters; shorter texts are not in the index
MOST_SPELLINGS = 64  # each of which is looked up in an index

_LIKE_SPECIAL = str.maketrans({"%": "\\%", "_": "\\_", "\\": "\\\\"})
_LAST_CHARACTER = "\U0010ffff"


class Comparison(NamedTuple):
    """A condition on a column: `on` gives its SQL, with one `?` for each of `values`."""

    on: Callable[[str], str]
    values: tuple[Any, ...]
    sought: bool = False  # whether an index of the column without regard to case finds the rows


def compare(wanted: Wanted) -> Comparison:
    """How cells are compared with a text filter."""
    text = storable(wanted.text)
    if len(text) > LONGEST_PATTERN:
        if wanted.match is Match.IS:
            return Comparison(lambda column: f"{column} = ?", (text,))
        if wanted.match is Match.BEGINS:
            return Comparison(lambda column: f"substr({column}, 1, ?) = ?", (len(text), text))
    match wanted.match:
        case Match.IS if not has_other_letters(text):
            return Comparison(lambda column: f"{column} = ? COLLATE NOCASE", (text,), sought=True)
        case Match.IS if spellings := _spellings(text):
            marks = ", ".join("?" * len(spellings))
            return Comparison(
                lambda column: f"{column} COLLATE NOCASE IN ({marks})",
                tuple(spellings),
                sought=True,
            )
        case Match.IS:
            return Comparison(lambda column: f"{column} GLOB ?", (_glob(text),))
        case Match.BEGINS if not has_other_letters(text):
            # As a range, and not LIKE, it can use an index.
            return Comparison(
                lambda column: f"({column} >= ? COLLATE NOCASE AND {column} < ? COLLATE NOCASE)",
                (text, text + _LAST_CHARACTER),
                sought=True,
            )
        case Match.BEGINS:
            return Comparison(lambda column: f"{column} GLOB ?", (_glob(text) + "*",))
        case Match.LACKS:
            found = contains(text)
            return Comparison(lambda column: f"NOT ({found.on(column)})", found.values)
        case Match.CONTAINS:
            return contains(text)


def contains(text: str) -> Comparison:
    """Cells that hold `text` anywhere."""
    text = storable(text)
    if len(text) > LONGEST_PATTERN:
        return Comparison(lambda column: f"instr(lower({column}), lower(?))", (text,))
    if has_other_letters(text):
        return Comparison(lambda column: f"{column} GLOB ?", (f"*{_glob(text)}*",))
    return Comparison(
        lambda column: f"{column} LIKE ? ESCAPE '\\'", (f"%{text.translate(_LIKE_SPECIAL)}%",)
    )


def trigrams(text: str) -> list[str]:
    """Pieces that every row with `text` in it has in the index; [] if `text` is too short."""
    text = storable(text)[:LONGEST_PATTERN]
    every = (text[i : i + TRIGRAM] for i in range(len(text) - TRIGRAM + 1))
    return list(dict.fromkeys(piece for piece in every if all(map(_index_folds, piece))))


def storable(text: str) -> str:
    """`text` as the database can be asked for it: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def has_other_letters(text: str) -> bool:
    """Whether `text` has letters in whose cases LIKE sees different ones."""
    return not text.isascii() and any(
        len(cases(character)) > 1 for character in text if not character.isascii()
    )


def _index_folds(character: str) -> bool:
    """Whether FTS5 takes a character's cases for the same too: its tables are older than Python's.

    The index is not asked for pieces with others; every row found is compared anyway.
    """
    if character.isascii() or len(cases(character)) == 1:
        return True
    known = (
        character < "\u0250"
        or "\u0370" <= character < "\u0528"
        or "\u0531" <= character < "\u1000"
        or "\u1e00" <= character < "\u2c00"
        or "\uff00" <= character <= "\uffff"
    )
    return known and character not in STRAYS + "\u037f\u0390\u03b0\u03f3\u1fd3\u1fe3"


def _spellings(text: str) -> list[str] | None:
    """`text` in all cases of its letters beyond ASCII; None if these are too many."""
    choices = [c if c.isascii() else cases(c) for c in text]
    if math.prod(map(len, choices)) > MOST_SPELLINGS:
        return None
    return ["".join(spelling) for spelling in itertools.product(*choices)]


def _glob(text: str) -> str:
    return "".join(_glob_of(character) for character in text)


def _glob_of(character: str) -> str:
    if character in "*?[":
        return f"[{character}]"
    same = cases(character)
    return character if len(same) == 1 else f"[{same}]"
