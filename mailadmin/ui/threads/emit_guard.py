"""A workaround for a fault of PySide 6.12.0: its calls drop references that they don't own.

Every method without a result drops a reference to `None`, every `Signal.emit()` one to `True`.
Python 3.12 and later don't count references to such objects (PEP 683); Python 3.11 does, and aborts
with "deallocating None" or "deallocating True or False" after the few thousand calls that use up
what its own modules hold.
"""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 40  # references: enough for a million calls a second for twelve days


def guard_constants() -> bool:
    """Add references to the constants; return whether that was needed and possible."""
    if sys.version_info >= (3, 12):
        return False
    guarded = [_guard(constant) for constant in (None, True, False)]
    return all(guarded)


def _guard(constant: object) -> bool:
    count = ctypes.c_ssize_t.from_address(id(constant))  # an object's first field: its references
    known = sys.getrefcount(constant)
    if count.value >= _PLENTY or abs(count.value - known) > 16:  # done before, or a debug build
        return False
    count.value += _PLENTY
    return True
