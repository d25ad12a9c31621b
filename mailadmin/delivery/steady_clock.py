"""What tells a clock that was set from time that passed.

The time of day minus the time since the computer was started stays the same until somebody sets
the clock. Time in suspension counts as time that passed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """Names this start of the computer; "" where the system does not tell."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def offset() -> float:
    """The time of day minus the time since the start, in seconds."""
    return time.time() - _since_start()


def _since_start() -> float:
    read: Callable[[int], float] | None = getattr(time, "clock_gettime", None)
    clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)  # Linux
    if read is not None and clock is not None:
        return read(clock)
    return time.monotonic()  # macOS and Windows: may stand still while the computer sleeps
