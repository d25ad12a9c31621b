"""Reading a server's reply: lines, enhanced status code, the wait it asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailadmin.domain.outcome import Reply
from mailadmin.policy import RETRY_AFTER_LIMIT

_LONGEST_SENTENCE = 500  # characters of a reply that are worth showing in a table cell

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")

_UNITS = {"s": 1, "m": 60, "h": 3600}
_WAIT = re.compile(
    r"\b(?:in|after|for|wait|within|retry-after:?)\s+"
    r"(?:at\s+least\s+|about\s+|another\s+|the\s+next\s+)?"
    r"(?P<number>\d{1,6})\s*"
    r"(?P<unit>seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\b(?:in|after|for|wait)\s+(?P<h>\d{1,2}):(?P<m>\d{2}):(?P<s>\d{2})\b", re.IGNORECASE
)


def reply_from_lines(lines: Sequence[str]) -> Reply:
    """The reply made of `lines`, each with its code and without its line end (RFC 5321 §4.2.1).

    Raises ValueError when a line is no reply line or the codes differ, which RFC 5321 forbids.
    """
    codes = {line[:3] for line in lines}
    if len(codes) != 1:
        raise ValueError("the lines of a reply must begin with the same code")
    (digits,) = codes
    if not re.fullmatch(r"[2-5][0-9]{2}", digits, re.ASCII):
        raise ValueError("a reply begins with three digits, the first of them 2 to 5")
    code = int(digits)
    return Reply(code, "\n".join(lines), parse_enhanced_status(code, lines[0][4:]))


def parse_enhanced_status(code: int, text: str) -> str:
    """The enhanced status code at the start of a reply's `text`, "" if there is none.

    One whose class contradicts the reply's `code` is not believed (RFC 2034 §4, RFC 3463 §2).
    """
    match = _ENHANCED.match(text.lstrip())
    if match is None or match[1] != str(code)[0]:
        return ""
    return f"{match[1]}.{int(match[2])}.{int(match[3])}"


def parse_retry_after(text: str) -> float | None:
    """Seconds the server asks to wait ("try again in 5 minutes"), cut to RETRY_AFTER_LIMIT."""
    if match := _WAIT.search(text):
        seconds = float(match["number"]) * _UNITS[match["unit"][0].lower()]
    elif match := _CLOCK.search(text):
        seconds = float(int(match["h"]) * 3600 + int(match["m"]) * 60 + int(match["s"]))
    else:
        return None
    return min(seconds, RETRY_AFTER_LIMIT) if seconds > 0 else None


def one_line(reply: Reply) -> str:
    """The reply on one line, its code and enhanced code once: "550 5.1.1 no such user"."""
    enhanced = reply.enhanced
    parts: list[str] = []
    for line in reply.text.split("\n"):
        text = line[4:].strip()
        if enhanced:
            text = text.removeprefix(enhanced).strip()
        if text:
            parts.append(text)
    # Control characters have no place in a table cell, a log line or a terminal.
    text = " ".join(parts)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    words = text.split()
    sentence = " ".join([str(reply.code), *([enhanced] if enhanced else []), *words])
    return (
        sentence if len(sentence) <= _LONGEST_SENTENCE else sentence[: _LONGEST_SENTENCE - 1] + "…"
    )
