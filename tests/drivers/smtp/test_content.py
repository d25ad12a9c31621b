"""The bytes of a message: what is looked at, and how they go over the wire."""

from __future__ import annotations

import asyncio
import re
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.drivers.smtp import content as module
from mailadmin.drivers.smtp.content import any_bare_line_ends, blocks, has_bare_line_ends

_PIECES = [b"a", b".", b"..", b"\r\n", b"\r\n.", b"xyz" * 9]
_LOOSE = [*_PIECES, b"\r", b"\n", b"\x0b", b"\x85", b"\x1c"]


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map(b"".join), st.integers(2, 50))
def test_blocks_hold_the_message_and_the_dot_at_its_end(content: bytes, size: int) -> None:
    """A receiver that undoes RFC 5321 §4.5.2 has the same bytes; nothing before the end ends it."""
    with patch.object(module, "_BLOCK", size):
        parts = list(blocks(content))
    wire = b"".join(parts)
    whole = content if content.endswith(b"\r\n") or not content else content + b"\r\n"
    lines = wire.split(b"\r\n")
    assert lines[-2:] == [b".", b""]
    assert b"." not in lines[:-2]
    assert b"".join(line.removeprefix(b".") + b"\r\n" for line in lines[:-2]) == whole
    # Without the last block the message can't be complete, whatever the server makes of it.
    assert not re.search(rb"(^|[\r\n])\.[\r\n]", b"".join(parts[:-1]))
    # Never much more than asked for: dots at most double, and the line end with the final dot.
    assert max(map(len, parts)) <= 2 * size + 5


@given(st.lists(st.sampled_from(_LOOSE), max_size=40).map(b"".join), st.integers(2, 20))
def test_bare_line_ends_are_found(content: bytes, size: int) -> None:
    bare = re.search(rb"\r(?!\n)|(?<!\r)\n", content) is not None
    assert has_bare_line_ends(content) is bare
    with patch.object(module, "SCAN", size):
        assert asyncio.run(any_bare_line_ends(content)) is bare


@pytest.mark.parametrize("content", [b"", b"x", b"\r\n", b"x\r\n" * 100])
def test_content_without_bare_line_ends_has_none_to_report(content: bytes) -> None:
    assert not has_bare_line_ends(content)
