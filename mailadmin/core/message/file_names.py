"""Names for saving attachments: a plain base name, whatever the message claims (CWE-22)."""

from __future__ import annotations

import re
import unicodedata

_LONGEST_NAME = 200  # bytes; file systems allow 255, and a copy may add " (1)"
_LONGEST_EXTENSION = 20  # characters
_RESERVED = re.compile(r'[<>:"|?*]')  # by Windows
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\.|$)", re.I)


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
