"""The licences of everything in the bundle, collected from the packages themselves.

Into the folder `resources/licenses` of the bundle: `index.json` (name, version, licence and texts
Into the folder `resources/licenses` of the bundle: `index.json` (name, version, licence and texts

`python -m resources.bundle.licenses FOLDER` leaves out what a package for Debian depends on.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

from resources.bundle.parts import Part

ROOT = Path(__file__).resolve().parents[2]
_OWN_TEXTS = Path(__file__).parent / "texts"
_LICENSE_FILE = re.compile(r"(?i)^(licen[cs]e|copying|notice|authors|copyright)")

# The licence chosen where several are offered, or not named in a usable way.
_CHOSEN = {
    "PySide6_Essentials": "LGPL-3.0-only",
    "shiboken6": "LGPL-3.0-only",
    "peewee": "MIT",
    "apsw": "any OSI-approved licence; SQLite: public domain",
    "PyInstaller": "GPL-2.0-or-later WITH Bootloader-exception",
    "CPython": "PSF-2.0",
}
_NAMED_TEXTS = {
    name: [_OWN_TEXTS / "Qt.txt", _OWN_TEXTS / "LGPL-3.0.txt", _OWN_TEXTS / "GPL-3.0.txt"]
    for name in ("PySide6_Essentials", "shiboken6")
}
_CLASSIFIED = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
}
_COMMON = Path("/usr/share/common-licenses")


class NoLicense(Exception):
    """A part that can't be shipped like this."""


def license_of(part: Part) -> str:
    """The licence in one line. Raises `NoLicense`."""
    if part.name in _CHOSEN:
        return _CHOSEN[part.name]
    if part.kind == "debian":
        return _debian_license(part)
    if part.kind == "system":
        return "redistributable part of the platform"
    metadata = Distribution.from_name(part.name).metadata
    # Not by []: the library of this name that keyring may bring raises for a missing field.
    fields = [*(metadata.get_all("License-Expression") or ()), *(metadata.get_all("License") or ())]
    named = fields[0].strip().partition("\n")[0] if fields else ""
    if named and named != "UNKNOWN":
        return named
    for classifier in metadata.get_all("Classifier") or []:
        if classifier in _CLASSIFIED:
            return _CLASSIFIED[classifier]
    raise NoLicense(f"{part.name} {part.version} names no licence")


def license_texts(part: Part) -> list[Path]:
    """The files with its texts. Raises `NoLicense`."""
    if part.kind == "debian":
        texts = [_debian_copyright(part), *_common_licenses(_debian_copyright(part))]
    elif part.kind == "system":
        return []
    elif part.name == "CPython":
        texts = list(_python_license())
    else:
        distribution = Distribution.from_name(part.name)
        texts = _NAMED_TEXTS.get(part.name) or [
            Path(str(distribution.locate_file(file)))
            for file in sorted(distribution.files or ())
            if _LICENSE_FILE.match(file.name) and file.suffix != ".py"
        ]
    texts = [text for text in texts if text.is_file()]
    if not texts:
        raise NoLicense(f"{part.name} {part.version} brings no text of its licence")
    return texts


def write_licenses(parts: list[Part], folder: Path) -> Path:
    """Make `folder` anew with the index and all texts."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    index = []
    ours = Part("own", "Mail Admin", "", ())
    icons = Part("own", "Lucide icons", "", ())
    rows = [
        (ours, "MIT", [ROOT / "LICENSE"]),
        (icons, "ISC and MIT", [ROOT / "resources/icons/LICENSE"]),
        *((part, license_of(part), license_texts(part)) for part in parts),
    ]
    for part, license_name, texts in rows:
        names = []
        for text in texts:
            shared = text.parent in {_COMMON, _OWN_TEXTS}
            name = text.name if shared else f"{part.name}.{text.name}".replace(" ", "-")
            if not name.endswith(".txt"):
                name += ".txt"
            while not shared and name in names:  # two files of one name in one package
                name = name.removesuffix(".txt") + "_.txt"
            (folder / name).write_bytes(text.read_bytes())
            names.append(name)
        index.append(
            {
                "kind": part.kind,
                "name": part.name,
                "version": part.version,
                "license": license_name,
                "texts": names,
            }
        )
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    return folder


def leave_out_system_libraries(folder: Path) -> None:
    """Of a folder made by `write_licenses`: for a package that depends on them instead."""
    index_file = folder / "index.json"
    index = json.loads(index_file.read_text(encoding="utf-8"))
    kept = [entry for entry in index if entry["kind"] != "debian"]
    index_file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    texts = {name for entry in kept for name in entry["texts"]}
    for path in folder.glob("*.txt"):
        if path.name not in texts:
            path.unlink()


def _debian_copyright(part: Part) -> Path:
    return Path("/usr/share/doc") / part.name / "copyright"


def _debian_license(part: Part) -> str:
    """The short names in the machine-readable form; else that the text has to be read."""
    copyright_file = _debian_copyright(part)
    if not copyright_file.is_file():
        raise NoLicense(f"{copyright_file} of {part.name} is missing")
    text = copyright_file.read_text(encoding="utf-8", errors="replace")
    names = re.findall(r"^License:[ \t]*(\S.*)$", text, re.MULTILINE)
    return ", ".join(sorted({name.strip() for name in names})) or "see its copyright file"


def _common_licenses(copyright_file: Path) -> Iterator[Path]:
    """The texts a Debian copyright file refers to, which other systems don't have."""
    text = copyright_file.read_text(encoding="utf-8", errors="replace")
    for name in sorted(set(re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.-]+\w)", text))):
        yield (_COMMON / name).resolve()


def _python_license() -> Iterator[Path]:
    library = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for place in (
        library / "lib" / version / "LICENSE.txt",
        library / "LICENSE.txt",  # Windows
        library.parents[1] / "LICENSE" if len(library.parts) > 2 else library,
        Path("/usr/share/doc") / version / "copyright",
    ):
        if place.is_file():
            yield place
            return


if __name__ == "__main__":
    leave_out_system_libraries(Path(sys.argv[1]))
