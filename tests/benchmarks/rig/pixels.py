"""Looks at the picture of an X server as a person does: has it changed, and when was that?"""

from __future__ import annotations

import mmap
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

_LOOK = 0.002  # seconds between two looks
_LIMIT = 60.0  # seconds within which it has to become quiet
_COLOR = 12  # bytes of a colour in the header of an XWD file


class Area(NamedTuple):
    """A rectangle of the screen in pixels."""

    left: int
    top: int
    width: int
    height: int


class Pixels:
    """The memory of an Xvfb with `-fbdir folder`."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "Xvfb_screen0").open("rb")
        self._map = mmap.mmap(self._file.fileno(), 0, prot=mmap.PROT_READ)
        head = struct.unpack(">25I", self._map[:100])
        self._first = head[0] + head[19] * _COLOR
        self._bits, self._line = head[11], head[12]

    def __enter__(self) -> Pixels:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._map.close()
        self._file.close()

    def changing(self, area: Area, act: Callable[[], object], quiet: float) -> float | None:
        """Seconds from before `act`, which must not wait, to the area's last change.

        Looks until nothing has changed for `quiet` seconds; None: nothing ever did. Raises
        `TimeoutError` where something blinks or runs for ever.
        """
        seen = self._look(area)
        began = since = time.perf_counter()
        act()
        while time.perf_counter() - since < quiet:
            if time.perf_counter() - began > _LIMIT:
                raise TimeoutError(f"{area} still changes after {_LIMIT:.0f} s")
            time.sleep(_LOOK)
            now = self._look(area)
            if now != seen:
                seen = now
                since = time.perf_counter()
        return None if since == began else since - began

    def _look(self, area: Area) -> int:
        depth = self._bits // 8
        found = 0
        for line in range(area.top, area.top + area.height):
            first = self._first + line * self._line + area.left * depth
            found = zlib.crc32(self._map[first : first + area.width * depth], found)
        return found
