"""Parameters of MIME fields (RFC 2045 §5.1, RFC 2231).

Content-Type: text/plain; charset=utf-8
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from mailadmin.message.encoded_words import decode_charset, decode_words, guess_charset
from mailadmin.message.header_block import Field

_LONGEST_VALUE = 16384  # bytes of a field that are looked at
_PARAMETER = re.compile(
    r""";[ \t]*([!#$%&'*+\-.^_`{|}~0-9A-Za-z]+)[ \t]*="""
    r"""[ \t]*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^;]*))"""
)
_ESCAPE = re.compile(r"\\(.)")
# name*, name*0, name*0* (RFC 2231 §3 and §4)
_SECTION = re.compile(r"(?P<name>[^*]+)\*(?:(?P<number>[0-9]{1,4})(?P<encoded>\*)?)?")


def field_parameters(field: Field | None) -> tuple[str, dict[str, str]]:
    """The value of a field in lower case and its parameters by lower-case name. Never raises."""
    if field is None:
        return "", {}
    text = guess_charset(field.value[:_LONGEST_VALUE])
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(text):
        key = match[1].lower()
        value = match[3].strip() if match[2] is None else _ESCAPE.sub(r"\1", match[2])
        if section := _SECTION.fullmatch(key):
            number = int(section["number"] or 0)
            encoded = section["number"] is None or section["encoded"] is not None
            sections.setdefault(section["name"], {}).setdefault(number, (value, encoded))
        else:
            plain.setdefault(key, decode_words(value))
    for key, parts in sections.items():
        plain[key] = _joined([parts[number] for number in sorted(parts)])
    return text.partition(";")[0].strip().lower(), plain


def _joined(parts: list[tuple[str, bool]]) -> str:
    """The value of a parameter in sections; the first may name the character set."""
    charset = "utf-8"
    first, encoded = parts[0]
    if encoded and first.count("'") >= 2:
        charset, _, rest = first.split("'", 2)
        parts = [(rest, True), *parts[1:]]
    data = b"".join(
        unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
        for text, encoded in parts
    )
    return decode_charset(data, charset)
