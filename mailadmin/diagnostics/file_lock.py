"""A lock on an open file, which goes when the file is closed or its process ends."""

from __future__ import annotations

import sys

if sys.platform == "win32":

    def try_lock(descriptor: int) -> bool:
        """Always true: an open file can't be renamed or removed by others there anyway."""
        del descriptor
        return True

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Whether nobody else has the lock, and this process has it now; never waits."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another process has it, or the file system knows no locks
            return False
        return True
