"""From bytes to replies, however the network cuts them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.credentials import Secret
from mailadmin.domain.outcome import Reply
from mailadmin.drivers.smtp.failure import MalformedReply
from mailadmin.drivers.smtp.offers import Offers
from mailadmin.drivers.smtp.reply_reader import REPLY_LIMIT, ReplyReader
from mailadmin.drivers.transcript import Redactor, Transcript

REPLIES = [
    b"250 2.1.0 ok\r\n",
    b"250 2.1.0 ok\r\n",  # known by now
    b"250-first\r\n250 2.1.0 ok\r\n",  # the same line, and yet another reply
    b"354\r\n",
    b"550 5.1.1 no such user\n",
]


def reader(
    *, transcript: Transcript | None = None, redactor: Redactor | None = None
) -> tuple[ReplyReader, list[Reply]]:
    replies: list[Reply] = []
    return ReplyReader(replies.append, transcript, redactor or Redactor()), replies


@given(st.sets(st.integers(1, len(b"".join(REPLIES)) - 1)))
def test_replies_are_the_same_however_the_network_cuts_them(cuts: set[int]) -> None:
    stream = b"".join(REPLIES)
    reading, replies = reader()
    marks = [0, *sorted(cuts), len(stream)]
    for start, end in pairwise(marks):
        reading.feed(stream[start:end])
    assert replies == [
        Reply(250, "250 2.1.0 ok", "2.1.0"),
        Reply(250, "250 2.1.0 ok", "2.1.0"),
        Reply(250, "250-first\n250 2.1.0 ok"),
        Reply(354, "354"),
        Reply(550, "550 5.1.1 no such user", "5.1.1"),
    ]
    assert reading.is_between_replies


@pytest.mark.parametrize("unfinished", [b"2", b"250 ok\r", b"250-ok\r\n", b"250 ok\r\n250"])
def test_an_unfinished_reply_is_reported(unfinished: bytes) -> None:
    reading, _ = reader()
    reading.feed(unfinished)
    assert not reading.is_between_replies


def test_replies_before_a_malformed_one_count() -> None:
    reading, replies = reader()
    with pytest.raises(MalformedReply):
        reading.feed(b"250 ok\r\nHTTP/1.1 400\r\n250 ok\r\n")
    assert [reply.code for reply in replies] == [250]


@pytest.mark.parametrize("ending", [b"", b"250 end\r\n"])
@pytest.mark.parametrize("piece", [100, 8192])
def test_the_limit_is_for_the_whole_reply(ending: bytes, piece: int) -> None:
    line = b"250-" + b"x" * 94 + b"\r\n"
    fits, too_long = line * (REPLY_LIMIT // 100 - 1) + b"250 end\r\n", line * 656 + ending
    reading, replies = reader()

    def feed(data: bytes) -> None:
        for start in range(0, len(data), piece):
            reading.feed(data[start : start + piece])

    for _ in range(3):  # each has the whole room
        feed(fits)
    assert len(replies) == 3
    with pytest.raises(MalformedReply, match="64 KiB"):
        feed(too_long)


def test_a_known_reply_is_redacted_once_the_server_knows_the_secret() -> None:
    reading, replies = reader(redactor=Redactor("me", Secret("hunter2")))
    reading.feed(b"250 hunter2\r\n")
    reading.redact_from_now_on()
    reading.feed(b"250 hunter2\r\n250 hunter2\r\n")
    assert [reply.text for reply in replies] == ["250 hunter2", "250 ********", "250 ********"]


def test_every_line_is_in_the_transcript() -> None:
    transcript = Transcript()
    reading, _ = reader(transcript=transcript)
    reading.feed(b"250 ok\r\n" * 3)
    assert transcript.lines == ["< 250 ok"] * 3


def test_many_different_replies_are_not_all_kept() -> None:
    reading, replies = reader()
    for number in range(1000):
        reading.feed(b"250 queued as %d\r\n" % number)
    assert len(replies) == 1000
    assert len(reading._known) < 100


# EHLO ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "limit"),
    [("1000", 1000), ("0", 0), ("", 0), ("many", 0), ("-5", 0), ("٣", 0), ("9" * 5000, 0)],
)
def test_the_size_a_server_names(parameter: str, limit: int) -> None:
    offers = Offers.of({"size": parameter})
    assert offers.size
    assert offers.size_limit == limit
