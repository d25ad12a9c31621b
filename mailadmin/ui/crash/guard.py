"""Catches every bug of the window, from before the first paint on.

It imports almost nothing before the first paint: `recording` is imported after that, or at a crash.
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
    """Surrounds the run of the window: a bug that leaves the block is reported and goes no further.

    `log_folder`, `window` and `what` (the database's address) are set as soon as they are known.
    """

    def __init__(self) -> None:
        self.log_folder: Path | None = None  # None: no log is written
        self.window: MainWindow | None = None
        self.what = ""
        self._before = sys.excepthook
        self._recording: WindowRecording | None = None

    def __enter__(self) -> Self:
        """Replace Python's hook for uncaught exceptions."""
        self._before, sys.excepthook = sys.excepthook, self._early
        return self

    def begin(self) -> None:
        """Open the log and catch crashes in all threads, unless that was done before."""
        self._begun()

    def show_pending_crash(self) -> None:
        """Show a crash that is not on the screen yet, and wait until the user has read it."""
        if self._recording is not None:
            self._recording.show_pending_crash()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Report a bug, end the log and put Python's hook back."""
        is_bug = isinstance(error, Exception) and not isinstance(error, KnownError)
        if is_bug and kind is not None and error is not None:
            self._begun()
            sys.excepthook(kind, error, trace)
            self.show_pending_crash()
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
        sys.excepthook(kind, error, trace)  # by now this is the hook that reports
