"""Writes the package's copyright file: `python -m resources.linux.copyright_file LICENSES`.

LICENSES is the folder that `resources.bundle.licenses` made. Texts that every Debian system has are
referred to.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_WHOLE = re.MULTILINE | re.DOTALL
_COMMON = {
    "Apache-2.0": re.compile(
        r"^[ \t]*Apache License$.*?(?:END OF TERMS AND CONDITIONS|\Z)", _WHOLE
    ),
    "GPL-2": re.compile(
        r"^[ \t]*GNU GENERAL PUBLIC LICENSE\n[ \t]*Version 2,.*?(?:END OF TERMS.*\Z|\Z)", _WHOLE
    ),
    "GPL-3": re.compile(r"^[ \t]*GNU GENERAL PUBLIC LICENSE\n[ \t]*Version 3,.*\Z", _WHOLE),
    "LGPL-3": re.compile(r"^[ \t]*GNU LESSER GENERAL PUBLIC LICENSE\n[ \t]*Version 3,.*\Z", _WHOLE),
}
"""Texts of every Debian system (/usr/share/common-licenses), and where they begin and end."""
_HEAD = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Mail Admin
Comment:
 /usr/lib/mailadmin holds, beside Mail Admin itself, Python and the packages that
 it uses, each under its own licence. The list was made by the build.

Files: usr/share/bash-completion/* usr/share/zsh/* usr/share/fish/*
Copyright: the Mail Admin developers; parts: the shtab developers
License: MPL-2.0
 Made by shtab (https://github.com/iterative/shtab) from the program's grammar.
 On Debian systems the text is in /usr/share/common-licenses/MPL-2.0.
"""


def copyright_file(folder: Path) -> str:
    """All paragraphs."""
    entries = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    paragraphs = [_HEAD]
    for entry in entries:
        name = f"{entry['name']} {entry['version']}".strip()
        label = _label(entry["name"])
        files = "*" if entry["kind"] == "own" and label == "Mail-Admin" else f"*{label}*"
        lines = [f"Files: {files}", f"Copyright: see the texts of {name} below"]
        lines += [f"License: {label}", *_folded([f"{name}: {entry['license']}", ""])]
        for text in entry["texts"]:
            lines += _folded(_text(folder / text))
        paragraphs.append("\n".join(lines) + "\n")
    return "\n".join(paragraphs)


def _label(name: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in name)


def _text(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    for name, whole in _COMMON.items():
        text = whole.sub(
            f"On Debian systems the text is in /usr/share/common-licenses/{name}.", text
        )
    return [*text.splitlines(), ""]


def _folded(lines: list[str]) -> Iterator[str]:
    for line in lines:
        text = line.replace("\f", "").expandtabs().rstrip()
        yield f" {text}" if text else " ."


if __name__ == "__main__":
    sys.stdout.write(copyright_file(Path(sys.argv[1])))
