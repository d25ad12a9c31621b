"""Reading replies: codes, enhanced codes, the wait a server asks for."""

from __future__ import annotations

import pytest

from mailadmin.domain.outcome import Reply
from mailadmin.drivers.smtp.reply import (
    one_line,
    parse_enhanced_status,
    parse_retry_after,
    reply_from_lines,
)
from mailadmin.policy import RETRY_AFTER_LIMIT


def test_reply_keeps_every_line_verbatim() -> None:
    reply = reply_from_lines(["550-5.1.1 no such user", "550 5.1.1 ask the postmaster"])
    assert reply == Reply(550, "550-5.1.1 no such user\n550 5.1.1 ask the postmaster", "5.1.1")


def test_a_bare_code_is_a_reply() -> None:
    assert reply_from_lines(["250"]) == Reply(250, "250", "")


@pytest.mark.parametrize(
    "lines",
    [
        ["250-one", "550 two"],
        ["150 too low"],
        ["650 too high"],
        ["25 short"],
        ["2５0 digits of another script"],
        ["abc"],
        [""],
        [],
    ],
)
def test_lines_that_are_no_reply_are_refused(lines: list[str]) -> None:
    with pytest.raises(ValueError, match=r"code|digits"):
        reply_from_lines(lines)


@pytest.mark.parametrize(
    ("code", "text", "enhanced"),
    [
        (550, "5.1.1 no such user", "5.1.1"),
        (450, "4.7.001 later", "4.7.1"),
        (250, "2.0.0", "2.0.0"),
        (550, "4.2.2 the class contradicts the code", ""),
        (550, "no such user 5.1.1", ""),
        (550, "5.1 incomplete", ""),
        (550, "5.1.1x", ""),
        (550, "5.1.1234 too long", ""),
        (550, "", ""),
    ],
)
def test_an_enhanced_status_code_is_read_if_its_class_fits(
    code: int, text: str, enhanced: str
) -> None:
    assert parse_enhanced_status(code, text) == enhanced


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("451 4.7.1 Try again in 300 seconds", 300),
        ("451 4.7.1 please try again in 5 minutes", 300),
        ("450 Greylisted for 1 minute", 60),
        ("421 4.7.0 retry after 90s", 90),
        ("450 wait at least 2 hours", 7200),
        ("450 4.2.0 Greylisted, try again in 00:05:00", 300),
        ("450 retry-after: 10 sec", 10),
        ("451 try again in 3 days", None),
        ("451 try again in 30 hours", RETRY_AFTER_LIMIT),
        ("451 try again in 999999 hours", RETRY_AFTER_LIMIT),
        ("451 try again in 0 seconds", None),
        ("451 try again in 99999999999999999999 seconds", None),
        ("451 4.3.2 try again later", None),
        ("452 4.5.3 too many recipients, 50 at a time", None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text) == seconds


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["550 5.1.1 no such user"], "550 5.1.1 no such user"),
        (["550-5.1.1 no such", "550 5.1.1 user"], "550 5.1.1 no such user"),
        (["550-first  line", "550 second"], "550 first line second"),
        (["250"], "250"),
        (["550 bell\x07 and \x1b[31mcolour"], "550 bell and [31mcolour"),
        (["550 right\u202eleft"], "550 right left"),
    ],
)
def test_a_reply_becomes_one_line(lines: list[str], sentence: str) -> None:
    assert one_line(reply_from_lines(lines)) == sentence


def test_a_long_reply_is_cut_in_one_line_and_kept_whole_itself() -> None:
    reply = reply_from_lines(["550 " + "x" * 5000])
    assert len(one_line(reply)) == 500
    assert one_line(reply).endswith("…")
    assert len(reply.text) == 5004
