"""Which letters differ in their case alone, in every script.

Two letters are the same if Unicode folds them to the same: σ, ς and Σ; µ (micro) and μ; ß and ẞ.
Python's own upper and lower case lead from Σ to σ, but from neither to ς.
"""

from __future__ import annotations

from functools import cache

# Letters that nobody finds by the letter they stand for: LIKE knows k and s of ASCII alone, the
# index tells old forms of Cyrillic letters apart, and ı is another letter in Turkish. The other way
# round, whoever looks for one of them finds the letter in use too.
STRAYS = "\u0131\u017f\u212a\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86\u1c87\u1c88"

# All code points whose case can change lie in these; to look at a million others takes long.
_CASED = (
    (0x80, 0x3000),
    (0xA640, 0xAC00),
    (0xFB00, 0xFB18),
    (0xFF21, 0xFF5B),
    (0x10400, 0x11900),
    (0x16E40, 0x16F00),
    (0x1E900, 0x1E944),
)


def cases(character: str) -> str:
    """A character in all its cases, itself among them, sorted; of ASCII in ASCII."""
    if character.isascii():
        return "".join(sorted({character, character.lower(), character.upper()}))
    if character in STRAYS:
        return cases(character.upper().lower()) + character
    return _families().get(character, character)


@cache
def _families() -> dict[str, str]:
    """Letter → all its cases, for those that have several; the first call takes 5 ms."""
    families: dict[str, set[str]] = {}
    for first, end in _CASED:
        for character in map(chr, range(first, end)):
            folded = character.casefold()
            if folded != character and character not in STRAYS:
                itself = {folded} if len(folded) == 1 else set()
                families.setdefault(folded, itself).add(character)
    return {
        letter: "".join(sorted(family))
        for family in families.values()
        if len(family) > 1
        for letter in family
    }
