"""Where threads spend their time: looks at their stacks a few hundred times a second.

It costs the same whichever function runs, so that unlike a tracing profiler it does not make small
functions look dear. A thread that waits is seen where it waits. It sees Python frames only: time
in SQLite or in a system call is the time of the function that called it, a little too much of it
because the interpreter is free to let the sampler in there.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType

_INTERVAL = 0.002  # seconds
_SWITCH = 0.0001  # seconds until the sampler is let in; else it sees mostly calls that wait
_PACKAGE = "mailadmin"
_SHOWN = 14  # lines for each table


class ThreadSampler:
    """Samples all threads but its own inside a `with`, only `when` that holds."""

    def __init__(self, when: Callable[[], bool] = lambda: True) -> None:
        self._when = when
        self._own: Counter[tuple[str, str]] = Counter()  # (thread, function): samples
        self._ours: Counter[tuple[str, str]] = Counter()  # innermost function of this project
        self._samples: Counter[str] = Counter()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="sampler", daemon=True)

    def __enter__(self) -> ThreadSampler:
        self._switch = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        sys.setswitchinterval(self._switch)

    def _sample(self) -> None:
        mine = threading.get_ident()
        while not self._ended.wait(_INTERVAL):
            if not self._when():
                continue
            names = {thread.ident: thread.name for thread in threading.enumerate()}
            for ident, frame in sys._current_frames().items():
                if ident != mine:
                    self._note(names.get(ident, "Qt thread"), frame)

    def _note(self, thread: str, frame: FrameType) -> None:
        self._samples[thread] += 1
        self._own[thread, _place(frame)] += 1
        below: FrameType | None = frame
        while below is not None and f"/{_PACKAGE}/" not in below.f_code.co_filename:
            below = below.f_back
        self._ours[thread, "(none of it)" if below is None else _place(below)] += 1

    def report(self) -> None:
        """Print for each thread where it was, the most frequent places first."""
        for thread, total in self._samples.most_common():
            for title, counter in (("innermost frame", self._own), ("of Mail Admin", self._ours)):
                print(f"  thread {thread}, {total} samples, {title}:")
                places = Counter(
                    {place: n for (name, place), n in counter.items() if name == thread}
                )
                for place, count in places.most_common(_SHOWN):
                    print(f"    {count / total:6.1%}  {place}")


def _place(frame: FrameType) -> str:
    path = Path(frame.f_code.co_filename)
    return f"{path.parent.name}/{path.name}:{frame.f_code.co_qualname}"
