"""Lines written from a thread of their own, so that a reader who is slow holds nobody up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from mailadmin.cli.frame.failure import CommandFailed, ReaderGone

if TYPE_CHECKING:
    from mailadmin.cli.frame.output import Output

LIMIT = 16 * 1024 * 1024  # characters that may wait for the reader


class LineWriter:
    """Takes text at once and writes it in the order it came, what is waiting in one piece.

    Every piece is flushed: a crash of this program loses what came during the last write at most.
    If too much waits, what comes then is left out, and `left_out(number of lines)` gives the text
    that is written in its place.
    """

    def __init__(
        self, output: Output, left_out: Callable[[int], str], *, limit: int = LIMIT
    ) -> None:
        self._output = output
        self._describe = left_out
        self._limit = limit
        self._changed = threading.Condition()
        self._waiting: list[str] = []
        self._size = 0  # characters in _waiting
        self._left_out = 0  # lines
        self._closed = False
        self._thread = threading.Thread(target=self._write, name="events", daemon=True)
        self._thread.start()

    def put(self, text: str) -> None:
        """Have `text`, one or more whole lines, written soon. Never waits for the reader."""
        with self._changed:
            if self._size + len(text) > self._limit:
                self._left_out += text.count("\n")
                return
            self._waiting.append(text)
            self._size += len(text)
            self._changed.notify()

    def close(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds until all is written; False if the reader takes nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._left_out or self._closed)
                text, left_out = "".join(self._waiting), self._left_out
                self._waiting, self._left_out = [], 0
                if not text and not left_out:
                    return
            size = len(text)
            if left_out:
                text += self._describe(left_out)
            with suppress(ReaderGone, CommandFailed):
                self._output.write(text)
                self._output.flush()
            with self._changed:
                self._size -= size
