"""A pseudo language: each text is 40 % longer and has accents, but stays readable."""

from __future__ import annotations

import re

from PySide6.QtCore import QTranslator

LONGER = 0.4
_ACCENTS = str.maketrans("aeiouyAEIOUYcnszCNSZ", "äéîøüýÄÉÎØÜÝçñšžÇÑŠŽ")
_KEPT = re.compile(r"\{[^}]*\}|<[^>]*>|&\w+;|&.|%\w|https?://\S+")  # placeholders, tags, mnemonics
_KEYS = re.compile(r"(?:(?:Ctrl|Alt|Shift|Meta)\+)*\S{1,9}")  # what QKeySequence reads
_FORMAT = re.compile(r"[\W\dyMdHhmsaAPtz]+")  # of a date or a number
_END = re.compile(r"[\s.…:?!)\"”]*$")
_WORD = 7  # letters of the words that are added


class PseudoTranslator(QTranslator):
    """Translates every text that goes through Qt."""

    def isEmpty(self) -> bool:
        """Return False: otherwise Qt would not ask this translator."""
        return False

    def translate(
        self,
        context: bytes | str,
        source: bytes | str,
        disambiguation: bytes | str | None = None,
        n: int = -1,
    ) -> str:
        """Return the text with accents, and longer."""
        del context, disambiguation, n
        return longer(source if isinstance(source, str) else source.decode())


def longer(text: str) -> str:
    """Return `text` as its translation might look."""
    if not text.strip() or ("+" in text and _KEYS.fullmatch(text)) or _FORMAT.fullmatch(text):
        return text
    end = _END.search(text)
    place = len(text) if end is None else end.start()
    return _accented(text[:place]) + _filling(round(len(text) * LONGER)) + text[place:]


def _accented(text: str) -> str:
    parts = []
    last = 0
    for kept in _KEPT.finditer(text):
        parts += [text[last : kept.start()].translate(_ACCENTS), kept.group()]
        last = kept.end()
    return "".join([*parts, text[last:].translate(_ACCENTS)])


def _filling(count: int) -> str:
    """Return `count` letters: a few make the last word longer, more are words of their own."""
    if count <= _WORD:
        return "ö" * count
    words = [" " + "ö" * (_WORD - 1)] * (count // _WORD)
    return "".join(words) + "ö" * (count % _WORD)
