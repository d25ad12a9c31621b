"""Writes small files that appear complete or not at all."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from pathlib import Path

PART_PREFIX, PART_SUFFIX = ".mailadmin.", ".part"
"""The name of an incomplete file: short, since the file's own name may have the greatest length."""


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path`, in place of an earlier file. Raises OSError.

    A device or a pipe is written directly; a link stays a link; permissions of an earlier file
    stay.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    if path.is_symlink():
        path = path.resolve()
    part = path.with_name(f"{PART_PREFIX}{secrets.token_hex(8)}{PART_SUFFIX}")
    try:
        # Nobody may have the part open already when the permissions are taken over.
        part.touch(0o600 if path.exists() else 0o666, exist_ok=False)
        with part.open("wb") as file:
            take_over_mode(part, path)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # before the file replaces another
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the names of its files on the disk too, where a system can be told to. Raises OSError.

    POSIX can; Windows writes them with the files.
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def take_over_mode(part: Path, path: Path) -> None:
    """Give `part` the permissions of `path`, if that file exists. Raises OSError.

    A file that others may not read is replaced by one that they may not read either. Windows has no
    such modes: there the folder decides.
    """
    if sys.platform == "win32":
        return
    try:
        mode = stat.S_IMODE(path.stat().st_mode) & 0o777
    except FileNotFoundError:
        return
    if stat.S_IMODE(part.stat().st_mode) != mode:  # some file systems have one mode for all
        part.chmod(mode)
