"""From the bytes of a connection to replies, with a limit to their size."""

from __future__ import annotations

from collections.abc import Callable

from mailadmin.domain.outcome import Reply
from mailadmin.drivers.smtp.failure import MalformedReply
from mailadmin.drivers.smtp.reply import reply_from_lines
from mailadmin.drivers.transcript import Redactor, Transcript

REPLY_LIMIT = 64 * 1024
"""Bytes of one whole reply, all its lines together. A longer one ends the connection."""

_MOST_KNOWN = 32  # replies
_LONGEST_KNOWN = 200  # bytes


class ReplyReader:
    """Cuts what is received into lines and replies and gives each reply to `take`, in order.

    A server says the same to every MAIL, RCPT and DATA, so short replies of one line are read
    once and known by their bytes from then on.
    """

    def __init__(
        self, take: Callable[[Reply], None], transcript: Transcript | None, redact: Redactor
    ) -> None:
        self._take = take
        self._transcript = transcript
        self._redact = redact
        self._redacting = False
        self._rest = bytearray()  # a line whose end has not come yet
        self._lines: list[str] = []  # of a reply whose last line has not come yet
        self._size = 0  # bytes of those lines
        self._known: dict[bytes, Reply] = {}

    @property
    def is_between_replies(self) -> bool:
        """Whether nothing of an unfinished reply is there."""
        return not self._rest and not self._lines

    def redact_from_now_on(self) -> None:
        """The server is about to learn the secret and may repeat it."""
        self._redacting = True
        self._known.clear()

    def feed(self, data: bytes) -> None:
        """Read what was received. Raises MalformedReply, also what `take` raises of it.

        Replies that came before the malformed one are given to `take` first.
        """
        if self._rest:
            self._rest += data
            if b"\n" not in data:
                self._check_size(len(self._rest))
                return
            data = bytes(self._rest)
            self._rest.clear()
        start = 0
        known = self._known
        while (end := data.find(b"\n", start)) >= 0:
            line = data[start:end]
            start = end + 1
            if not self._lines and (reply := known.get(line)) is not None:
                self._take(reply)
            else:
                self._read_line(line)
        if start < len(data):
            self._rest += data[start:]
            self._check_size(len(self._rest))

    def clear(self) -> None:
        """Drop what is unfinished."""
        self._rest.clear()
        self._lines = []

    def _read_line(self, raw: bytes) -> None:
        self._check_size(len(raw) + 1)
        self._size += len(raw) + 1
        # Bytes that are not UTF-8, and NUL, are shown as escapes: they can't be stored as text.
        line = raw.removesuffix(b"\r").decode("utf-8", "backslashreplace").replace("\0", "\\x00")
        if self._redacting:
            line = line[:4] + self._redact(line[4:])
        if self._transcript is not None:
            self._transcript.received(line)
        if line[3:4] not in {"", " ", "-"}:
            raise MalformedReply("a line that is no SMTP reply")
        self._lines.append(line)
        if line[3:4] == "-":
            return
        try:
            reply = reply_from_lines(self._lines)
        except ValueError as error:
            raise MalformedReply(str(error)) from None
        if (
            len(self._lines) == 1
            and self._transcript is None
            and len(raw) <= _LONGEST_KNOWN
            and len(self._known) < _MOST_KNOWN
        ):
            self._known[raw] = reply
        self._lines = []
        self._size = 0
        self._take(reply)

    def _check_size(self, more: int) -> None:
        if self._size + more > REPLY_LIMIT:
            raise MalformedReply(f"a reply of more than {REPLY_LIMIT // 1024} KiB")
