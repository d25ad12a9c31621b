"""Reading .eml files and standard input: bounded, and every refusal names the file."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from mailadmin.domain.errors import InvalidInput, MessageRefused
from mailadmin.intake.eml import read_eml, read_eml_stream

MESSAGE = (
    b"From: ann@example.org\r\nTo: bob@example.org\r\nBcc: carl@example.org\r\n"
    b"Message-ID: <1@example.org>\r\nDate: Thu, 5 Mar 2026 14:07:09 +0100\r\n"
    b"Subject: Hi\r\n\r\nHello\r\n"
)


class Endless(io.RawIOBase):
    """A stream that never ends, gives little at a time and counts what was taken."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        count = min(len(buffer), 4096)
        buffer[:count] = b"x" * count
        self.taken += count
        return count


def test_a_file_becomes_a_message(tmp_path: Path) -> None:
    path = tmp_path / "ä message.eml"
    path.write_bytes(MESSAGE)
    read = read_eml(path)
    assert read.content == MESSAGE.replace(b"Bcc: carl@example.org\r\n", b"")
    assert read.recipients == ("bob@example.org", "carl@example.org")
    assert (read.subject, read.source) == ("Hi", "file")
    given = read_eml(path, recipients=["z@example.org"], envelope_from="s@example.org")
    assert (given.recipients, given.envelope_from) == (("z@example.org",), "s@example.org")


def test_a_stream_becomes_a_message() -> None:
    read = read_eml_stream(io.BytesIO(MESSAGE), source="command line")
    assert (read.subject, read.source) == ("Hi", "command line")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\x89PNG\0\0", "binary data"),
        (b"no mail", "neither a header field"),
        (b"From: a@example.org\r\n\r\nHi", "no recipient"),
        (b"To: bob\r\n\r\nHi", "“bob” is not an email address"),
        (b"To: bob\r@example.org\n\nHi", "carriage return"),
        (b"From a 2026\n" + MESSAGE + b"\nFrom a 2026\n" + MESSAGE, "mbox"),
    ],
)
def test_a_refusal_names_the_file(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "odd.eml"
    path.write_bytes(content)
    with pytest.raises(MessageRefused, match=reason) as problem:
        read_eml(path)
    assert str(path) in str(problem.value)


def test_a_bad_given_recipient_is_refused_without_blaming_the_file(tmp_path: Path) -> None:
    path = tmp_path / "good.eml"
    path.write_bytes(MESSAGE)
    with pytest.raises(MessageRefused, match="“nobody” is not an email address") as problem:
        read_eml(path, recipients=["nobody"])
    assert isinstance(problem.value.__cause__, InvalidInput)


def test_folders_pipes_and_absent_files_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.eml"
    os.mkfifo(pipe)
    for path, reason in (
        (tmp_path, "is a folder"),
        (tmp_path / "missing.eml", "does not exist"),
        (pipe, "is not a file"),
        (tmp_path / ("n" * 300), "can't be read"),
    ):
        with pytest.raises(MessageRefused, match=reason) as problem:
            read_eml(path)
        assert str(path) in str(problem.value)
    with pytest.raises(MessageRefused, match="is not the name of a file"):
        read_eml(tmp_path / "a\0b")


def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.eml"
    path.write_bytes(MESSAGE)
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # may read everything, so be somebody else for a moment
        os.seteuid(65534)
    try:
        with pytest.raises(MessageRefused, match="permission denied"):
            read_eml(path)
    finally:
        os.seteuid(user)


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.eml"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)  # a hole: nothing is written
    with pytest.raises(MessageRefused, match="larger than 26,214,400 bytes") as problem:
        read_eml(path)
    assert str(path) in str(problem.value)


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "exact.eml"
    content = MESSAGE.replace(b"Bcc: carl@example.org\r\n", b"")
    path.write_bytes(content)
    assert read_eml(path, size_limit=len(content)).content == content
    with pytest.raises(MessageRefused, match="larger than"):
        read_eml(path, size_limit=len(content) - 1)


def test_an_endless_stream_is_read_one_byte_over_the_limit() -> None:
    stream = Endless()
    with pytest.raises(MessageRefused, match="standard input: the message is larger than 10,000"):
        read_eml_stream(stream, size_limit=10_000)  # type: ignore[arg-type]
    assert stream.taken == 10_001
