"""A guard against a fault of PySide 6.12.0: every `Signal.emit()` drops a reference to `True`.

`emit` returns `True` without counting the reference it gives away. Python 3.12 and later don't
count references to `True` (PEP 683); Python 3.11 does, and aborts with "deallocating True or
False" after the few hundred emits that use up what its own modules hold.
"""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 40  # emits: a million a second for twelve days


def guard_true() -> bool:
    """Make `True` outlive the emits of a long run. Returns whether that was needed and possible."""
    if sys.version_info >= (3, 12):
        return False
    count = ctypes.c_ssize_t.from_address(id(True))  # the first field of an object: its references
    known = sys.getrefcount(True)
    if count.value >= _PLENTY or abs(count.value - known) > 16:  # done before, or a debug build
        return False
    count.value += _PLENTY
    return True
