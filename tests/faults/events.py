"""What a child process does to the world, numbered: every write, sync, send and receipt.

A `Plan` says at which of them it dies. It kills itself, so neither it nor the kernel gets to finish
anything; where it dies halfway, a part of the bytes has been written.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """What is to go wrong in a child process; by default nothing."""

    at: int = 0  # the number of the event at which it dies, 1 for the first one
    moment: str = "before"  # "before", "after", or "half": in the middle of it
    word: str = ""  # dies where what is sent or received has this in it, not at a numbered event
    timer: float = 0.0  # dies so many seconds after its first event, wherever it is
    count: str = ""  # a file that gets a line for each event: seconds since the first one, kind
    shadow: str = ""  # a folder that gets what was synced, and no more: the disk after power loss
    early: int = 0  # not 0: a random part of what was not synced survives as well; the seed
    full: str = ""  # the disk is full as long as this file exists
    full_at: str = ""  # instead of dying it makes this file
    broken_disk: str = ""  # "write" or "sync": fails with an I/O error while `full` exists
    options: tuple[tuple[str, float], ...] = ()  # of `DeliveryOptions`
    broken: tuple[str, ...] = ()  # names of `broken_storage.BREAKAGES`


class Events:
    """Numbers the events of this process and dies where the plan says so."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._number = 0
        self._first = 0.0  # time.monotonic()
        self._struck = False
        self._lock = threading.RLock()  # a sender writes from several threads
        self._kinds = Path(plan.count).open("a", encoding="ascii") if plan.count else None  # noqa: SIM115

    def around(
        self,
        kind: str,
        action: Callable[[], T],
        *,
        data: bytes = b"",
        half: Callable[[], object] = lambda: None,
    ) -> T:
        """Do `action`, one event; `data` is what it sends, `half` writes a part of it."""
        with self._lock:
            self._number += 1
            number = self._number
            if number == 1:
                self._first = time.monotonic()
                # The default action of this signal ends a process as SIGKILL does, anywhere.
                signal.setitimer(signal.ITIMER_REAL, self._plan.timer)
            if self._kinds is not None:
                self._kinds.write(f"{time.monotonic() - self._first:.6f} {kind}\n")
                self._kinds.flush()
        here = self._plan.at == number or self._has_word(data)
        if here and self._plan.moment == "before":
            self._strike()
        elif here and self._plan.moment == "half":
            half()
            self._strike()
        result = action()
        received = isinstance(result, bytes) and self._has_word(result)
        if (here or received) and self._plan.moment == "after":
            self._strike()
        return result

    def _has_word(self, data: bytes) -> bool:
        return bool(self._plan.word) and self._plan.word.encode() in data

    def _strike(self) -> None:
        if self._plan.full_at and not self._struck:
            self._struck = True
            Path(self._plan.full_at).touch()
        elif not self._plan.full_at:
            os.kill(os.getpid(), signal.SIGKILL)
