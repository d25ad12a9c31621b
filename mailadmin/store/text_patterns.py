"""What a text is compared with so that SQLite finds it as a person would: in any case and script.

SQLite's LIKE knows upper and lower case of ASCII alone. For other letters a GLOB pattern lists both
cases of each; it takes twice as long, so it is used only where there are such letters.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mailadmin.core.table_query import Match, Wanted

LONGEST_PATTERN = 10_000  # characters; SQLite refuses patterns of more than 50,000 bytes
TRIGRAM = 3  # characters; shorter texts are not in the index

_LIKE_SPECIAL = str.maketrans({"%": "\\%", "_": "\\_", "\\": "\\\\"})
_LAST_CHARACTER = "\U0010ffff"


class Comparison(NamedTuple):
    """A condition on `{column}` with one `?` for each of `values`."""

    condition: str
    values: tuple[Any, ...]

    def on(self, column: str) -> str:
        """The condition on this column."""
        return self.condition.replace("{column}", column)


def compare(wanted: Wanted) -> Comparison:
    """How cells are compared with a text filter; `{column}` stands for the cell."""
    text = storable(wanted.text)
    match wanted.match:
        case Match.IS if not has_other_letters(text):
            return Comparison("{column} = ? COLLATE NOCASE", (text,))
        case Match.IS:
            return Comparison("{column} GLOB ?", (_glob(text),))
        case Match.BEGINS if not has_other_letters(text):
            # As a range, and not LIKE, it can use an index.
            condition = "({column} >= ? COLLATE NOCASE AND {column} < ? COLLATE NOCASE)"
            return Comparison(condition, (text, text + _LAST_CHARACTER))
        case Match.BEGINS:
            return Comparison("{column} GLOB ?", (_glob(text) + "*",))
        case Match.LACKS:
            found = contains(text)
            return Comparison(f"NOT ({found.condition})", found.values)
        case Match.CONTAINS:
            return contains(text)


def contains(text: str) -> Comparison:
    """Cells that hold `text` anywhere."""
    text = storable(text)
    if len(text) > LONGEST_PATTERN:
        return Comparison("instr(lower({column}), lower(?))", (text,))
    if has_other_letters(text):
        return Comparison("{column} GLOB ?", (f"*{_glob(text)}*",))
    return Comparison("{column} LIKE ? ESCAPE '\\'", (f"%{text.translate(_LIKE_SPECIAL)}%",))


def trigrams(text: str) -> str | None:
    """An FTS5 query that finds every row with `text` in it, and some others; None if too short."""
    text = storable(text)[:LONGEST_PATTERN]
    pieces = dict.fromkeys(text[i : i + TRIGRAM] for i in range(len(text) - TRIGRAM + 1))
    if not pieces:
        return None
    few = list(pieces)[:: max(1, len(pieces) // 32)]  # a long text is rare by a few of its pieces
    return " AND ".join('"' + piece.replace('"', '""') + '"' for piece in few)


def storable(text: str) -> str:
    """`text` as the database can be asked for it: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def has_other_letters(text: str) -> bool:
    """Whether `text` has letters in whose cases LIKE sees different ones."""
    return not text.isascii() and any(len(_cases(character)) > 1 for character in text)


def _cases(character: str) -> set[str]:
    """A character in all its cases, as far as they are one character too."""
    cases = (character, character.lower(), character.upper(), character.title())
    return {case for case in cases if len(case) == 1}


def _glob(text: str) -> str:
    return "".join(_glob_of(character) for character in text)


def _glob_of(character: str) -> str:
    if character in "*?[":
        return f"[{character}]"
    cases = _cases(character)
    return character if len(cases) == 1 else f"[{''.join(sorted(cases))}]"
