"""What the sender's loop is to do next: noted by any part and from any thread, done in its turn."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_NOW = -math.inf  # as the moment of the last look: one is due now


class Agenda:
    """The one way in which something reaches the sender's loop from below or from outside.

    A turn deals with what is known; a look also reads again what another program may have changed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards _loop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake = asyncio.Event()
        self._stopping = threading.Event()
        self._hurried = threading.Event()
        self._wishes: deque[bool] = deque()  # whether sending is to be paused, the oldest first
        self._passwords_changed = threading.Event()
        self._looked = _NOW  # time.monotonic() of the last look

    # From any thread -------------------------------------------------------------------------

    def wake(self) -> None:
        """Have a look at everything now."""
        self._looked = _NOW
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._awake.set)

    def stop(self) -> None:
        """Claim nothing more and end; called once more, break off what is in flight."""
        if self._stopping.is_set():
            self._hurried.set()
        self._stopping.set()
        self.wake()

    def pause(self) -> None:
        """Claim nothing more until `resume`."""
        self._wishes.append(True)
        self.wake()

    def resume(self) -> None:
        """Go on, also after the disk failed, with passwords that are looked up again."""
        self._wishes.append(False)
        self.forget_passwords()

    def forget_passwords(self) -> None:
        """Have every password looked up again."""
        self._passwords_changed.set()
        self.wake()

    @property
    def stopping(self) -> bool:
        """Whether nothing more is to be claimed."""
        return self._stopping.is_set()

    @property
    def hurried(self) -> bool:
        """Whether what is in flight is to be broken off."""
        return self._hurried.is_set()

    # In the loop's thread --------------------------------------------------------------------

    @contextmanager
    def kept_by(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """While the block runs `loop` is woken."""
        with self._lock:
            self._loop = loop
        try:
            yield
        finally:
            with self._lock:
                self._loop = None

    def turn(self) -> None:
        """Have a turn soon."""
        self._awake.set()

    def look_again(self) -> None:
        """Have a look soon: something is due again, or a provider changed."""
        self._looked = _NOW
        self._awake.set()

    @property
    def looked(self) -> bool:
        """Whether nothing asked for a look since the last one."""
        return self._looked != _NOW

    def begin_turn(self, every: float) -> bool:
        """Note that a turn begins; gives whether it is a look, which is due `every` seconds."""
        self._awake.clear()
        now = time.monotonic()
        due = now - self._looked >= every
        if due:
            self._looked = now
        return due

    async def next_turn(self, within: float) -> None:
        """Wait until a turn is asked for, at most `within` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._awake.wait()

    def take_wish(self) -> bool | None:
        """The oldest wish that was not taken: to pause (True) or to go on; None: there is none."""
        return self._wishes.popleft() if self._wishes else None

    def take_password_change(self) -> bool:
        """Whether passwords are to be looked up again since this was asked."""
        if not self._passwords_changed.is_set():
            return False
        self._passwords_changed.clear()
        return True
