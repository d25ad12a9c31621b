"""A bug, as a text that somebody can send to the developers: no values of variables, redacted."""

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
"""The name of the thread whose end means that nothing is sent any more."""

_LONGEST_LINE = 500  # characters; the message of an exception may quote whatever it met
_LONGEST = 32 * 1024  # characters of a traceback


class CrashKind(Enum):
    """What a crash means to the user."""

    ERROR = auto()  # something did not work; the program goes on
    SENDER = auto()  # nothing is sent any more until the next start
    EARLIER = auto()  # an earlier run of the program ended by it


class Uncaught(NamedTuple):
    """An exception that nobody caught, as Python's hooks hand it over."""

    kind: type[BaseException]
    error: BaseException | None
    trace: TracebackType | None
    thread: str  # its name
    said: str = ""  # what the program or Python says about it, if anything


@dataclass(frozen=True, slots=True)
class CrashReport:
    """A report as texts alone: an exception would keep its frames alive, and their widgets.

    `origin` is equal for crashes by the same bug.
    """

    kind: CrashKind
    summary: str  # one line
    text: str  # the whole report
    origin: str


def describe(uncaught: Uncaught, redact: Callable[[str], str]) -> CrashReport:
    """The report about an exception."""
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
    """A traceback without the rest of lines that are too long, and without its middle if it is."""
    text = "\n".join(_cut(line) for line in trace.rstrip().splitlines())
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}\n…\n{text[-_LONGEST // 2 :]}"
    return text


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"


def _origin(kind: type[BaseException], known: traceback.TracebackException) -> str:
    frames = [(frame.filename, frame.lineno) for frame in known.stack[-5:]]
    return f"{kind.__module__}.{kind.__qualname__} {frames}"
