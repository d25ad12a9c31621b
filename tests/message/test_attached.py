"""What is attached comes out as it went in."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailadmin.message import (
    Attachment,
    Mailbox,
    attached,
    attachment_content,
    compose,
    inline_images,
    read_overview,
)

SENDER = Mailbox("office@example.org", "Office")
PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def test_every_attachment_comes_out_as_it_was() -> None:
    files = [
        Attachment("a.bin", "application/octet-stream", bytes(range(256)) * 40),
        Attachment("empty.txt", "text/plain", b""),
        Attachment("words.txt", "text/plain", "Grüße\r\n".encode()),
    ]
    message = compose(
        sender=SENDER, to=["ann@example.org"], subject="x", text="y", attachments=files
    )
    names = [each.name for each in read_overview(message.content).attachments]
    assert names == ["a.bin", "empty.txt", "words.txt"]
    for number, file in enumerate(files):
        assert attachment_content(message.content, number) == file.content
    with pytest.raises(IndexError):
        attachment_content(message.content, 3)


def related(*images: str) -> bytes:
    parts = "".join(
        f"--b\r\nContent-Type: image/png\r\nContent-ID: <{name}>\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
        for name in images
    )
    return (
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/html\r\n\r\n<img src=cid:logo>\r\n" + parts + "--b--\r\n"
    ).encode()


def test_images_are_found_by_their_content_id() -> None:
    content = related("logo", "other@x")
    assert inline_images(content) == {"logo": PIXEL[:8], "other@x": PIXEL[:8]}
    assert attachment_content(content, 1) == PIXEL[:8]


def test_the_number_and_size_of_images_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "_MOST_IMAGES", 2)
    assert list(inline_images(related("a", "b", "c"))) == ["a", "b"]
    monkeypatch.setattr(attached, "_LARGEST_IMAGES", 15)
    assert list(inline_images(related("a", "b"))) == ["a"]


def test_an_attached_message_is_its_own_bytes() -> None:
    inner = b"Subject: inner\r\n\r\nhello"
    content = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"
    )
    assert read_overview(content).attachments[0].name == "message.eml"
    assert attachment_content(content, 0) == inner


def test_the_attachments_of_the_samples_have_the_size_they_are_said_to_have(
    shared_mail: Path,
) -> None:
    for path in sorted(shared_mail.glob("*/*.eml")):
        content = path.read_bytes()
        for number, info in enumerate(read_overview(content).attachments):
            assert len(attachment_content(content, number)) == info.size, path.name


def mixed(*names: str, kind: str = "text/plain") -> bytes:
    """A message with an attachment of each name."""
    parts = "".join(
        f'--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        "\r\nx\r\n"
        for name in names
    )
    head = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return (head + parts + "--b--\r\n").encode()


def names_of(content: bytes) -> list[str]:
    return [attachment.name for attachment in read_overview(content).attachments]


def test_attachments_get_different_names() -> None:
    names = ["a.txt", "A.TXT", "a (2).txt", "../a.txt", "", ".a", "straße", "STRASSE"]
    assert names_of(mixed(*names)) == [
        "a.txt",
        "A (2).TXT",
        "a (2) (2).txt",
        "a (3).txt",
        "attachment",
        "a",
        "straße",
        "STRASSE (2)",
    ]


def test_an_attached_message_gets_the_extension_eml() -> None:
    content = mixed("offer", "Offer.EML", "x.txt", kind="message/rfc822")
    assert names_of(content) == ["offer.eml", "Offer (2).EML", "x.txt.eml"]
