"""The MIME parts of a message, found without building a tree (RFC 2046 §5.1).

Bounded in depth and number, so that a message made to exhaust a parser only has parts that are not
looked into. Attached messages are one part each.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailadmin.message.encoded_words import decode_base64, decode_charset
from mailadmin.message.header_block import HeaderBlock, scan_header
from mailadmin.message.parameters import field_parameters

_DEEPEST = 20
_MOST_PARTS = 1000
_LONGEST_PART_HEADER = 64 * 1024  # bytes
_CONTENT_TYPE = re.compile(r"[!-.0-~]{1,127}/[!-.0-~]{1,127}")


@dataclass(frozen=True, slots=True)
class Part:
    """A part that holds content: its bytes are `content[start:end]`, still encoded."""

    content_type: str  # lower case
    charset: str
    encoding: str  # the Content-Transfer-Encoding in lower case
    disposition: str
    filename: str
    content_id: str  # without its angle brackets (RFC 2392 §2)
    start: int
    end: int

    def decode(self, content: bytes, limit: int | None = None) -> bytes:
        """The part's content with its transfer encoding undone, at most about `limit` bytes."""
        longest = self.end if limit is None else min(self.end, self.start + 4 * limit)
        data = content[self.start : longest]
        if self.encoding == "base64":
            data = decode_base64(data)
        elif self.encoding == "quoted-printable":
            data = binascii.a2b_qp(data)
        return data if limit is None else data[:limit]

    def text(self, content: bytes, limit: int) -> str:
        """The part as text of at most `limit` characters, with "\\n" for its line ends."""
        text = decode_charset(self.decode(content, 4 * limit), self.charset or "us-ascii")
        return text[:limit].replace("\r\n", "\n").replace("\r", "\n")


class PartWalk:
    """The parts of `content`, a message whose lines end in CRLF, in their order.

    `problems` says afterwards what was wrong with the structure.
    """

    def __init__(self, content: bytes, header: HeaderBlock) -> None:
        self._content = content
        self._header = header
        self.problems: list[str] = []

    def __iter__(self) -> Iterator[Part]:
        content = self._content
        # Parts still to look at: header, end, depth, type of a part that names none.
        waiting = [(self._header, len(content), 0, "text/plain")]
        count = 0
        while waiting:
            header, end, depth, default = waiting.pop()
            start = min(header.end + 2, end)
            part, boundary = _describe(header, start, end, default)
            if not part.content_type.startswith("multipart/"):
                yield part
                continue
            spans = self._spans(boundary, start, end) if boundary and depth < _DEEPEST else None
            if spans is None:
                self._note(_TOO_DEEP if boundary else _NO_BOUNDARY)
                yield part
                continue
            if count + len(spans) > _MOST_PARTS:
                self._note(_TOO_MANY)
                spans = spans[: _MOST_PARTS - count]
            count += len(spans)
            inner = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
            for span_start, span_end in reversed(spans):
                block = scan_header(content, span_start, span_end, _LONGEST_PART_HEADER)
                waiting.append((block, span_end, depth + 1, inner))

    def _spans(self, boundary: str, start: int, end: int) -> list[tuple[int, int]]:
        """Where the parts between the delimiter lines of `boundary` start and end."""
        delimiter = re.compile(
            b"\r\n--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*(?=\r\n|\Z)"
        )
        spans: list[tuple[int, int]] = []
        part_start: int | None = None
        # The body begins behind an empty line, so a CRLF stands before its first delimiter too.
        for match in delimiter.finditer(self._content, max(start - 2, 0), end):
            if part_start is not None:
                spans.append((part_start, max(match.start(), part_start)))
            part_start = match.end() + 2
            if match[1]:
                return spans
            if len(spans) > _MOST_PARTS:
                return spans
        self._note(_NOT_CLOSED if part_start is not None else _NO_PART)
        if part_start is not None and part_start < end:
            spans.append((part_start, end))
        return spans

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


_NO_BOUNDARY = "A part made of several parts does not say what separates them."
_NO_PART = "A part made of several parts holds none."
_NOT_CLOSED = "The last part has no end mark; the message may have been cut off."
_TOO_DEEP = "Parts lie in parts too deeply; those inside are not shown."
_TOO_MANY = "The message has too many parts; the last ones are not shown."


def _describe(header: HeaderBlock, start: int, end: int, default: str) -> tuple[Part, str]:
    """The part with this header, and the boundary if it holds parts."""
    content_type, parameters = field_parameters(header.first("content-type"))
    if not _CONTENT_TYPE.fullmatch(content_type):
        content_type = default if not content_type else "text/plain"  # RFC 2045 §5.2
    disposition, about = field_parameters(header.first("content-disposition"))
    encoding, _ = field_parameters(header.first("content-transfer-encoding"))
    named = header.first("content-id")
    part = Part(
        content_type=content_type,
        charset=parameters.get("charset", ""),
        encoding=encoding,
        disposition=disposition,
        filename=about.get("filename", "") or parameters.get("name", ""),
        content_id="" if named is None else named.text.strip().strip("<>"),
        start=start,
        end=end,
    )
    return part, parameters.get("boundary", "")
