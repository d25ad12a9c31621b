"""A lock on an open file; it ends when the file is closed or its process ends."""

from __future__ import annotations

import sys

if sys.platform == "win32":

    def try_lock(descriptor: int) -> bool:
        """Return True: on Windows other processes can't rename or remove an open file anyway."""
        del descriptor
        return True

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Take the lock without waiting; False if another process has it or there are no locks."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another process has it, or the file system knows no locks
            return False
        return True
