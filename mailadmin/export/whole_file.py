"""Small files that are there as a whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from pathlib import Path

PART_PREFIX, PART_SUFFIX = ".mailadmin.", ".part"
"""What a file is called before it is complete: short, for its own name may be as long as can be."""


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` under the name `path`, in place of a file that has it. Raises OSError.

    A device or a pipe is written as it is; a link stays one; so does who may read the file.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    path = path.resolve()
    part = path.with_name(f"{PART_PREFIX}{secrets.token_hex(8)}{PART_SUFFIX}")
    try:
        # Nobody may have it open already when others are shut out from it.
        part.touch(0o600 if path.exists() else 0o666, exist_ok=False)
        with part.open("wb") as file:
            take_over_mode(part, path)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # before it takes the place of another
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def take_over_mode(part: Path, path: Path) -> None:
    """Let those read and write `part` who may `path`, if there is such a file. Raises OSError.

    Somebody closed it to others, and what takes its place is no less private. Windows has no such
    modes: there the folder decides.
    """
    if sys.platform == "win32":
        return
    try:
        mode = stat.S_IMODE(path.stat().st_mode) & 0o777
    except FileNotFoundError:
        return
    if stat.S_IMODE(part.stat().st_mode) != mode:  # some file systems have one mode for all
        part.chmod(mode)
