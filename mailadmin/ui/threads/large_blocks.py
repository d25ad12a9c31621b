"""Gives large blocks of memory back to the system when they are freed.

glibc takes a block from the system and gives it back as long as it is larger than a threshold,
which grows to the largest block that was ever freed. The order of a million rows is read through a
block of 16 MB; from the second reading on, 30 MB would stay with the process.
"""

from __future__ import annotations

import ctypes
import sys

_M_MMAP_THRESHOLD = -3  # malloc.h
_LARGE = 1 << 20  # bytes


def return_large_blocks() -> bool:
    """Make glibc give back all blocks of a megabyte or more. False where there is no glibc."""
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGE))
