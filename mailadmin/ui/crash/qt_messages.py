"""Writes Qt's own warnings to the log as well."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Callable
from typing import Self

from PySide6.QtCore import (
    QMessageLogContext,
    QtMsgType,
    qFormatLogMessage,
    qInstallMessageHandler,
)

from mailadmin.diagnostics.events import event_log

_LEVELS = {
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,  # Qt aborts the program after it
}
_MOST = 5  # times one text is logged; some come with every paint
_TEXTS = 500

_Handler = Callable[[QtMsgType, QMessageLogContext, str], object]


class QtMessages:
    """A context in which Qt's warnings are logged and still printed."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._before: _Handler | None = None

    def __enter__(self) -> Self:
        """Install the handler of Qt's messages."""
        self._before = qInstallMessageHandler(self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        """Put the earlier handler back: when the process ends Qt must not call Python any more."""
        qInstallMessageHandler(self._before)

    def _handle(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if self._before is not None:
            self._before(kind, context, text)
        elif sys.stderr is not None:
            print(qFormatLogMessage(kind, context, text), file=sys.stderr)
        level = _LEVELS.get(kind)
        if level is None or (text not in self._seen and len(self._seen) >= _TEXTS):
            return
        self._seen[text] += 1
        if self._seen[text] <= _MOST:
            last = " (not logged again)" if self._seen[text] == _MOST else ""
            event_log().log(level, "Qt: %s%s", text, last)
