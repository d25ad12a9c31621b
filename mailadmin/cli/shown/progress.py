"""How far a long command has come, for whoever watches it on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from mailadmin.cli.frame.output import Output


class ProgressLine:
    """One line on a terminal that changes and is gone in the end; nothing elsewhere.

    Called with how much is done and how much there is; always gives True, to go on.
    """

    def __init__(self, output: Output, what: str) -> None:
        self._output = output
        self._what = what
        self._shown = output.width is not None
        self._last = ""

    def __enter__(self) -> Self:
        return self

    def __call__(self, done: int, total: int) -> bool:
        text = f"{self._what}: {100 * done // max(total, 1)} %"
        if self._shown and text != self._last:
            self._output.write(f"\r{text}")
            self._output.flush()
            self._last = text
        return True

    def __exit__(self, *_: object) -> None:
        if self._last:
            self._output.write("\r" + " " * len(self._last) + "\r")
            self._output.flush()
