"""Names for saving attachments: a plain base name, whatever the message claims (CWE-22)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

_LONGEST_NAME = 200  # bytes; file systems allow 255, and a copy may add " (1)"
_LONGEST_EXTENSION = 20  # characters
_RESERVED = re.compile(r'[<>:"|?*]')  # by Windows
# Windows ignores what follows a device's name: blanks, and from a dot on whatever there is.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.I)


def safe_filename(name: str, fallback: str = "attachment") -> str:
    """`name` as the name of a file in a folder the user chose; `fallback` if nothing is left.

    No folder, no hidden file, no device of Windows, no invisible or direction-changing character,
    at most 200 bytes with the extension kept.
    """
    base = re.split(r"[/\\]", name)[-1]
    visible = "".join(
        "" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else character
        for character in unicodedata.normalize("NFC", base[:4096])
    )
    clean = " ".join(_RESERVED.sub("_", visible).split()).strip(". ")
    stem, dot, extension = clean.rpartition(".")
    if not stem or len(extension) > _LONGEST_EXTENSION:
        stem, dot, extension = clean, "", ""
    room = _LONGEST_NAME - len((dot + extension).encode())
    stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ")
    clean = stem + dot + extension
    if _DEVICES.match(clean):
        clean = "_" + clean
    return clean or fallback


def different_names(names: Sequence[str]) -> list[str]:
    """Safe `names`, with a number where one was there before: "a.txt", "a (2).txt"."""
    taken: set[str] = set()
    different: list[str] = []
    for name in names:
        different.append(free_name(name, taken))
        taken.add(name_key(different[-1]))
    return different


def free_name(name: str, taken: Collection[str]) -> str:
    """`name`, with a number if its `name_key` is among `taken`."""
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    number, free = 1, name
    while name_key(free) in taken:
        number += 1
        free = f"{stem} ({number}){dot}{extension}"
    return free


def name_key(name: str) -> str:
    """Equal for two names that Windows or macOS take for one file."""
    return unicodedata.normalize("NFC", name.casefold())
