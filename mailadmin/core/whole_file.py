"""Small files that are there as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` under the name `path`, in place of a file that has it. Raises OSError.

    A device or a pipe is written as it is; a link stays one.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    path = path.resolve()
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # before it takes the place of another
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
