"""Catches what nobody caught, from before the first paint on.

Nothing is imported for it then: `window_recording` comes after the first paint, or with a crash.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from mailadmin.domain.errors import KnownError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from mailadmin.ui.crash.recording import WindowRecording
    from mailadmin.ui.window.main_window import MainWindow


class CrashGuard:
    """Surrounds the run of the window; a bug that leaves the block is reported and ends there.

    `log_folder`, `window` and `what` (which database) are told as soon as they are known.
    """

    def __init__(self) -> None:
        self.log_folder: Path | None = None  # None: nothing is written
        self.window: MainWindow | None = None
        self.what = ""
        self._before = sys.excepthook
        self._recording: WindowRecording | None = None

    def __enter__(self) -> Self:
        """Take the place of Python's hook."""
        self._before, sys.excepthook = sys.excepthook, self._early
        return self

    def begin(self) -> None:
        """Open the log and catch crashes of all kinds, if that was not done yet."""
        self._begun()

    def show_what_stopped_it(self) -> None:
        """Show a crash that nobody could have seen yet, and wait until it was read."""
        if self._recording is not None:
            self._recording.show_unseen()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """End the log; a bug is reported before, and goes no further."""
        is_bug = isinstance(error, Exception) and not isinstance(error, KnownError)
        if is_bug and kind is not None and error is not None:
            self._begun()
            sys.excepthook(kind, error, trace)
            self.show_what_stopped_it()
        if sys.excepthook == self._early:
            sys.excepthook = self._before
        if self._recording is not None:
            self._recording.stop()
            self._recording = None
        return is_bug

    def _begun(self) -> WindowRecording:
        if self._recording is None:
            from mailadmin.ui.crash.recording import WindowRecording

            if sys.excepthook == self._early:
                sys.excepthook = self._before
            self._recording = WindowRecording(self.window, self.log_folder)
            self._recording.start(self.what)
        return self._recording

    def _early(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not issubclass(kind, Exception):
            self._before(kind, error, trace)
            return
        self._begun()
        sys.excepthook(kind, error, trace)  # by now it is the one that reports
