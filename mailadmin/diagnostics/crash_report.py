"""The report about a bug, to be sent to the developers: redacted, without values of variables."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from types import TracebackType
from typing import NamedTuple

from mailadmin.diagnostics.program_facts import program_facts

SENDER_THREAD = "mailadmin-sender"
"""The name of the sender's thread: when it ends with an exception, nothing is sent any more."""

_LONGEST_LINE = 500  # characters; an exception's message may quote data of any length
_LONGEST = 32 * 1024  # characters of a traceback


class CrashKind(Enum):
    """What a crash means to the user."""

    ERROR = auto()  # one action failed; the program goes on
    SENDER = auto()  # nothing is sent any more until the next start
    EARLIER = auto()  # an earlier run of the program ended by this crash


class Uncaught(NamedTuple):
    """An exception that was not caught, as Python's hooks pass it on."""

    kind: type[BaseException]
    error: BaseException | None
    trace: TracebackType | None
    thread: str  # the thread's name
    said: str = ""  # the sentence of the log or of Python that came with it, if any


@dataclass(frozen=True, slots=True)
class CrashReport:
    """The report about one crash, as texts alone.

    It does not keep the exception, which refers to all frames it went through and so to widgets.
    `origin` is equal for crashes by the same bug.
    """

    kind: CrashKind
    summary: str  # one line
    text: str  # the whole report
    origin: str


def describe(uncaught: Uncaught, redact: Callable[[str], str]) -> CrashReport:
    """Return the report about an exception, redacted by `redact`."""
    known = traceback.TracebackException(
        uncaught.kind,
        uncaught.error or uncaught.kind(),
        uncaught.trace,
        capture_locals=False,
        compact=True,
    )
    trace = shorten("".join(known.format(chain=True)))
    summary = _cut(next(iter(known.format_exception_only())).strip().splitlines()[0])
    moment = datetime.now().astimezone().isoformat(timespec="seconds")
    head = [*program_facts(), f"{moment}, in the thread “{uncaught.thread}”"]
    if uncaught.said:
        head.append(_cut(uncaught.said))
    kind = CrashKind.SENDER if uncaught.thread == SENDER_THREAD else CrashKind.ERROR
    return CrashReport(
        kind,
        redact(summary),
        redact("\n".join([*head, "", trace])),
        origin=_origin(uncaught.kind, known),
    )


def shorten(trace: str) -> str:
    """Return a traceback with long lines cut off, and without its middle if it is too long."""
    text = "\n".join(_cut(line) for line in trace.rstrip().splitlines())
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}\n…\n{text[-_LONGEST // 2 :]}"
    return text


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"


def _origin(kind: type[BaseException], known: traceback.TracebackException) -> str:
    frames = [(frame.filename, frame.lineno) for frame in known.stack[-5:]]
    return f"{kind.__module__}.{kind.__qualname__} {frames}"
