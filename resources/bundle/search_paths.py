"""Takes the folders of the building machine out of shared libraries (ELF, 64 bits).

A Python that was built from source tells its libraries to look for others in the folder it was
installed to. Elsewhere that folder is missing, or worse: somebody else's. Paths relative to the
library itself (`$ORIGIN`) stay.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

_RPATH, _RUNPATH, _STRTAB, _END = 15, 29, 5, 0  # tags of the dynamic section (System V ABI)
_LOADED, _DYNAMIC = 1, 2  # types of segments
_ENTRY = struct.Struct("<qQ")


class _Segment(NamedTuple):
    kind: int
    offset: int
    address: int
    size: int


def remove_foreign_paths(folder: Path) -> list[Path]:
    """Change all libraries below `folder` that need it; gives those."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if ".so" in path.name and path.is_file() and not path.is_symlink() and _clean(path)
    ]


def _clean(path: Path) -> bool:
    data = bytearray(path.read_bytes())
    if data[:6] != b"\x7fELF\x02\x01":  # 64 bits, little endian
        return False
    segments = _segments(data)
    dynamic = next((segment for segment in segments if segment.kind == _DYNAMIC), None)
    if dynamic is None:
        return False
    entries = list(_ENTRY.iter_unpack(data[dynamic.offset :][: dynamic.size]))
    names = _file_offset(segments, next(value for tag, value in entries if tag == _STRTAB))
    kept = [
        (tag, value)
        for tag, value in entries
        if tag not in {_RPATH, _RUNPATH} or _text(data, names + value).startswith("$ORIGIN")
    ]
    if kept == entries:
        return False
    kept += [(_END, 0)] * (len(entries) - len(kept))
    for index, entry in enumerate(kept):
        _ENTRY.pack_into(data, dynamic.offset + index * _ENTRY.size, *entry)
    path.write_bytes(data)
    return True


def _segments(data: bytearray) -> list[_Segment]:
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    found = []
    for index in range(count):
        kind, _, offset, address, _, length = struct.unpack_from(
            "<IIQQQQ", data, table + index * size
        )
        found.append(_Segment(kind, offset, address, length))
    return found


def _file_offset(segments: list[_Segment], address: int) -> int:
    for segment in segments:
        if segment.kind == _LOADED and 0 <= address - segment.address < segment.size:
            return segment.offset + address - segment.address
    raise ValueError("the table of names is in no segment")


def _text(data: bytearray, offset: int) -> str:
    return data[offset : data.index(0, offset)].decode()
