"""Preparing: what changes in a message, and that nothing else does."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.domain.errors import InvalidInput, KnownError, MessageRefused
from mailadmin.message import DEFAULT_SIZE_LIMIT, prepare

NOW = datetime(2026, 3, 5, 14, 7, 9, tzinfo=timezone(timedelta(hours=1)))
IDENTIFIED = b"Message-ID: <1@example.org>\r\nDate: Thu, 5 Mar 2026 14:07:09 +0100\r\n"
HEADER = b"From: Ann <ann@example.org>\r\nTo: bob@example.org\r\n" + IDENTIFIED


def message(header: bytes = b"", body: bytes = b"Hello\r\n") -> bytes:
    """A whole message with these header lines besides the usual ones."""
    return HEADER + header + b"\r\n" + body


def to(value: bytes) -> bytes:
    """A message with this To."""
    return b"From: ann@example.org\r\nTo: " + value + b"\r\n" + IDENTIFIED + b"\r\nHello\r\n"


def crlf(raw: bytes) -> bytes:
    """`raw` with CRLF line ends and one at the end, made in another way than the code does."""
    text = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    return text if text.endswith(b"\r\n") else text + b"\r\n"


# Bytes that stay -------------------------------------------------------------------------------


def test_a_complete_message_is_not_touched() -> None:
    raw = message(
        b"DKIM-Signature: v=1; a=rsa-sha256; bh=x;\r\n\tb=AbC+/=\r\nX-ODD :   spaced   \r\n"
        b"Subject: =?utf-8?Q?Gr=C3=BC?=\r\n =?utf-8?Q?=C3=9Fe?=\r\n",
        b".\r\n..\r\nFrom here\r\n\xff\xfe 8 bit\r\n" + b"x" * 5000 + b"\r\n\r\n\r\n",
    )
    prepared = prepare(raw)
    assert prepared.content == raw
    assert prepared.subject == "Grüße"
    assert prepared.header_from == "Ann <ann@example.org>"
    assert prepared.message_id == "<1@example.org>"
    assert prepared.recipients == ("bob@example.org",)
    assert prepared.envelope_from is None


@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n"])
def test_line_ends_become_crlf(line_end: bytes) -> None:
    raw = message(b"Subject: a\r\n b\r\n", b"1\r\n2\r\n\r\n3").replace(b"\r\n", line_end)
    assert prepare(raw).content == message(b"Subject: a\r\n b\r\n", b"1\r\n2\r\n\r\n3\r\n")


def test_mixed_line_ends_in_the_body_become_crlf() -> None:
    assert prepare(message(body=b"a\rb\nc\r\n\r\r\nd")).content == message(
        body=b"a\r\nb\r\nc\r\n\r\n\r\nd\r\n"
    )


def test_a_message_may_have_headers_alone() -> None:
    assert prepare(HEADER.rstrip()).content == HEADER


def test_mbox_line_and_byte_order_mark_above_one_message_are_dropped() -> None:
    raw = message(body=b"a\r\n\r\nFrom now on\r\nall is well: yes\r\n")
    assert prepare(b"From ann@example.org Thu Mar  5 14:07:09 2026\r\n" + raw).content == raw
    assert prepare(b"From ann\n" + raw).content == raw
    assert prepare(b"\xef\xbb\xbf" + raw).content == raw


def test_an_obsolete_from_field_is_no_mbox_line() -> None:
    raw = message().replace(b"From:", b"From :")
    assert prepare(raw).content == raw


@pytest.mark.parametrize(
    "hidden",
    [
        b"Bcc: eve@example.org\r\n",
        b"BCC  :eve@example.org,\r\n\tmallory@example.org\r\n \r\n",
        b"bcc:\r\n",
        b"Bcc: eve@example.org\r\nBcc: mallory@example.org\r\n",
    ],
)
@pytest.mark.parametrize("recipients", [None, ["carl@example.org"]])
def test_bcc_is_removed_with_its_folded_lines(hidden: bytes, recipients: list[str] | None) -> None:
    raw = HEADER + hidden + b"Subject: x\r\n\r\nBcc: this is text\r\n"
    prepared = prepare(raw, recipients=recipients)
    assert prepared.content == HEADER + b"Subject: x\r\n\r\nBcc: this is text\r\n"
    if recipients is None:
        assert ("eve@example.org" in prepared.recipients) == (b"eve" in hidden)


def test_resent_bcc_is_removed_too() -> None:
    raw = b"Resent-To: z@example.org\r\nResent-Bcc: eve@example.org\r\n" + message()
    prepared = prepare(raw)
    assert b"eve" not in prepared.content
    assert prepared.recipients == ("z@example.org", "eve@example.org")


NAMES = st.from_regex(rb"\A[!-9;-~]{1,20}\Z").filter(
    lambda name: name.lower() not in {b"bcc", b"resent-bcc", b"message-id", b"date"}
)
LINES = st.binary(max_size=80).map(lambda data: re.sub(rb"[\r\n\x00]", b"", data))
FIELDS = st.builds(
    lambda name, colon, lines: name + colon + b"\r\n\t".join(lines) + b"\r\n",
    NAMES,
    st.sampled_from([b":", b": ", b" :", b"\t: "]),
    st.lists(LINES, min_size=1, max_size=3),
).filter(lambda field: b"=?" not in field)
BCCS = st.sampled_from([b"Bcc: e@x.org\r\n", b"bCC : e@x.org,\r\n f@x.org\r\n", b"Resent-Bcc:\r\n"])
BODIES = st.binary(max_size=300).map(lambda data: data.replace(b"\0", b""))


@settings(deadline=None)
@given(st.lists(FIELDS, max_size=6), st.lists(BCCS, max_size=2), st.randoms(), BODIES)
def test_only_bcc_is_removed_and_only_identification_added(
    fields: list[bytes], hidden: list[bytes], random: Random, body: bytes
) -> None:
    header = [(field, True) for field in [b"To: t@example.org\r\n", *fields]]
    header += [(field, False) for field in hidden]
    random.shuffle(header)
    if header[0][0].startswith((b"From ", b"\xef\xbb\xbf")):
        return  # the envelope of an mbox
    raw = b"".join(field for field, _ in header) + b"\r\n" + body
    prepared = prepare(raw, recipients=["z@example.org"], now=NOW)

    kept = b"".join(field for field, stays in header if stays)
    added = (
        b"Message-ID: " + prepared.message_id.encode() + b"\r\nDate: "
        b"Thu, 05 Mar 2026 14:07:09 +0100\r\n"
    )
    assert prepared.content == kept + added + b"\r\n" + (crlf(body) if body else b"")
    again = prepare(prepared.content, recipients=prepared.recipients)
    assert again == prepared


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_preparing_any_bytes_twice_changes_nothing_more(raw: bytes) -> None:
    try:
        prepared = prepare(b"To: a@example.org\r\n" + raw)
    except KnownError:
        return
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", prepared.content)
    again = prepare(prepared.content, recipients=prepared.recipients)
    assert again.content == prepared.content


# What is added ---------------------------------------------------------------------------------


@pytest.mark.parametrize("given_fields", [b"", b"Message-ID:\r\nDate: \r\n"])
def test_identification_is_added_behind_the_header(given_fields: bytes) -> None:
    raw = (
        b"From: Ann <ann@B\xc3\xbccher.example>\r\nTo: b@example.org\r\n" + given_fields + b"\r\nHi"
    )
    prepared = prepare(raw, now=NOW)
    assert re.fullmatch(
        r"<20260305130709\.[0-9a-f]{24}@xn--bcher-kva\.example>", prepared.message_id
    )
    assert prepared.content == (
        b"From: Ann <ann@B\xc3\xbccher.example>\r\nTo: b@example.org\r\n"
        b"Message-ID: " + prepared.message_id.encode() + b"\r\n"
        b"Date: Thu, 05 Mar 2026 14:07:09 +0100\r\n\r\nHi\r\n"
    )
    assert prepare(raw).message_id != prepare(raw).message_id


def test_an_odd_message_id_and_date_are_kept() -> None:
    odd = (
        b"From: a@x.org\r\nTo: b@x.org\r\nMessage-Id: 12.ab@x.org\r\nDate: yesterday\r\n\r\nHi\r\n"
    )
    prepared = prepare(odd)
    assert prepared.content == odd
    assert prepared.message_id == "12.ab@x.org"


def test_a_message_without_from_still_gets_a_message_id() -> None:
    assert prepare(b"To: b@x.org\r\n\r\n").message_id.endswith("@localhost>")
    given_sender = prepare(b"To: b@x.org\r\n\r\n", envelope_from="a@sender.example")
    assert given_sender.message_id.endswith("@sender.example>")
    assert given_sender.envelope_from == "a@sender.example"
    assert prepare(b"To: b@x.org\r\n\r\n", envelope_from="").envelope_from == ""


# Recipients ------------------------------------------------------------------------------------


def test_recipients_come_from_to_cc_and_bcc_each_once() -> None:
    raw = (
        b'To: "Smith, Bob" <bob@example.org>, Ann@example.org\r\nTo: bob@EXAMPLE.org\r\n'
        b"Cc: ann@example.org (another mailbox),\r\n carl@b\xc3\xbccher.example\r\n"
        b"Bcc: carl@xn--bcher-kva.example, dora@example.org\r\n\r\n"
    )
    assert prepare(raw).recipients == (
        "bob@example.org",
        "Ann@example.org",
        "ann@example.org",
        "carl@bücher.example",
        "dora@example.org",
    )


def test_given_recipients_replace_those_of_the_header() -> None:
    given_ones = ["z@example.org", "z@EXAMPLE.ORG", "y@example.org"]
    assert prepare(message(), recipients=given_ones).recipients == (
        "z@example.org",
        "y@example.org",
    )


def test_given_recipients_make_a_bad_to_field_harmless() -> None:
    assert prepare(to(b"everybody"), recipients=["z@example.org"]).recipients == ("z@example.org",)


def test_a_resent_message_goes_to_the_topmost_resent_block() -> None:
    raw = (
        b"Resent-From: m@example.org\r\nResent-To: new@example.org\r\nResent-Cc: c@example.org\r\n"
        b"Resent-Date: Thu, 5 Mar 2026 14:07:09 +0100\r\n"
        b"Resent-From: o@example.org\r\nResent-To: older@example.org\r\n"
        b"Received: by x\r\nResent-To: oldest@example.org\r\n"
    ) + message()
    assert prepare(raw).recipients == ("new@example.org", "c@example.org")


# Refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n\r\n\t", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary data"),
        (message(body=b"a\0b"), "binary data"),
        (message(b"Subject: a\0b\r\n"), "binary data"),
        (message().decode().encode("utf-16"), "binary data"),
        (b"\r\n" + message(), "starts with an empty line"),
        (b"just some text\r\nand more\r\n", "Line 1, “just some text”"),
        (message(b"no colon here\r\n"), "Line 5, “no colon here”"),
        (b"From ann\r\n" + message(b"no colon here\r\n"), "Line 6, “no colon here”"),
        (b" folded first\r\n" + message(), "Line 1"),
        (b"X-Long: " + b"y" * 1_100_000 + b"\r\n" + message(), "longer than 1,048,576 bytes"),
        (b"From: ann@example.org\r\n" + IDENTIFIED + b"\r\nHi", "no recipient in To, Cc or Bcc"),
        (b"To: undisclosed-recipients:;\r\n\r\n", "no recipient in To, Cc or Bcc"),
        (b"Resent-From: a@example.org\r\n" + message(), "Resent-To, Resent-Cc and Resent-Bcc"),
        (message(b"Subject: a\rBcc: eve@example.org\r\n"), "Line 5 of the message's header"),
        (message(b"Subject: a\r\r\n"), "Line 5 of the message's header"),
        (message(b"Subject: =?utf-8?q?a=0D=0ABcc:_eve?=\r\n"), "Subject hides a line break"),
        (message(b"Subject: =?x?b?YQpi?=\r\n"), "Subject hides a line break"),
        (message(b"Reply-To: =?utf-8?q?a=00b?= <r@x.org>\r\n"), "Reply-To hides a line break"),
        (message(b"Subject: =?utf-7?q?a+AAo-b?=\r\n"), "Subject hides a line break"),
    ],
)
def test_bytes_that_are_no_message_are_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(MessageRefused, match=re.escape(reason)):
        prepare(raw)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_mailbox_of_several_messages_is_refused(line_end: bytes) -> None:
    one = b"From ann@example.org Thu Mar  5 14:07:09 2026\r\n" + message()
    with pytest.raises(MessageRefused, match="mbox"):
        prepare((one + b"\r\n" + one).replace(b"\r\n", line_end))


@pytest.mark.parametrize(
    "value",
    [
        b"bob",
        b"bob@",
        b"@example.org",
        b"bob@exa mple.org",
        b"bob smith@example.org",
        b"bob@example.org carl@example.org",
        b"bob@example.org <carl@example.org>",
        b"Bob@Home <bob@example.org>",
        b"<bob@example.org> carl",
        b"Bob <bob@example.org",
        b"Bob <bob@example.org carl",
        b'"bob@example.org',
        b"(bob@example.org",
        b"bob@@example.org",
        b"bob@example.org@evil.example",
        b"=?utf-8?q?bob=40example.org?=",
        b"=?utf-8?q?bob?=@example.org",
        b"b\xffb@example.org",
        b"bo\x01b@example.org",
        "bob\u202e@example.org".encode(),
        b"carl@example.org, bob@-bad-.example",
    ],
)
def test_a_bad_address_is_refused_by_the_name_of_its_header(value: bytes) -> None:
    with pytest.raises(InvalidInput) as problem:
        prepare(to(value))
    assert problem.value.field == "To"


def test_a_line_break_in_an_address_is_refused() -> None:
    for value in (b"bob\r\n@example.org", b"bob\r@example.org", b"bob\n@example.org"):
        with pytest.raises(KnownError):
            prepare(to(value))


@pytest.mark.parametrize("address", ["", "bob", "a@x.org\r\nBcc: e@x.org", "a@x.org, b@x.org"])
def test_given_addresses_are_checked(address: str) -> None:
    with pytest.raises(InvalidInput) as problem:
        prepare(message(), recipients=["ok@example.org", address])
    assert problem.value.field == "recipients"
    if address:
        with pytest.raises(InvalidInput) as problem:
            prepare(message(), envelope_from=address)
        assert problem.value.field == "envelope_from"


def test_an_empty_list_of_recipients_is_refused() -> None:
    with pytest.raises(MessageRefused, match="no recipient"):
        prepare(message(), recipients=[])


def test_the_size_limit_counts_what_would_be_sent() -> None:
    assert DEFAULT_SIZE_LIMIT == 26_214_400
    raw = message(body=b"\n" * 100)
    size = len(crlf(raw))
    assert len(prepare(raw, size_limit=size).content) == size
    with pytest.raises(MessageRefused, match="at most 10 are accepted"):
        prepare(b"\0" * 11, size_limit=10)  # before anything else looks at it
    for limit in (size - 1, len(raw) - 1):
        with pytest.raises(MessageRefused, match=f"at most {limit:,} are accepted"):
            prepare(raw, size_limit=limit)


# What is shown ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"plain", "plain"),
        (b"=?iso-8859-1?Q?a?= =?iso-8859-1?Q?b?=", "ab"),
        (b"=?iso-8859-1?Q?a?= and =?bogus?Q?b=FC?=", "a and bü"),
        (b"=?utf-8?B?8J+Y?=\r\n =?utf-8?B?gA==?=", "😀"),
        (b"=?utf-8*en?Q?a_b?= =?idna?Q?xn--a?=", "a bxn--a"),
        (b"=?hex?Q?zz?= =?unicode_escape?Q?=5Cq?= =?utf-8?B?!?=", "zz\\q"),
        ("roh ä".encode(), "roh ä"),
        (b"roh \xe4", "roh ä"),
        (b"tab\there\x07", "tab here\ufffd"),
        ("abc\u202etxt.exe".encode(), "abctxt.exe"),
        (b"x" * 5000, "x" * 997 + "…"),
    ],
)
def test_the_subject_is_one_clean_line(raw: bytes, subject: str) -> None:
    assert prepare(message(b"Subject: " + raw + b"\r\n")).subject == subject


# Messages that others wrote --------------------------------------------------------------------


def test_every_sample_keeps_its_body_or_is_refused_with_a_reason(
    shared_mail: Path, subtests: pytest.Subtests
) -> None:
    paths = sorted(shared_mail.glob("*/*.eml"))
    assert len(paths) == 69
    refused = []
    for path in paths:
        with subtests.test(path.name):
            raw = path.read_bytes()
            expected = crlf(raw).partition(b"\r\n\r\n")
            try:
                content = prepare(raw).content
            except KnownError as problem:
                refused.append((path.name, str(problem)))
                continue
            header, separator, body = content.partition(b"\r\n\r\n")
            assert (separator, body) == expected[1:]
            lines = expected[0].split(b"\r\n")
            if lines[0].startswith(b"From ") and not lines[0].startswith(b"From  :"):
                del lines[0]
            assert header.split(b"\r\n")[: len(lines)] == lines
    reasons = {
        "raw_email11.eml": "“matmail” is not an email address.",
        "raw_email_incorrect_header.eml": "Line 6, “quite Delivered-To: xxx@xxx.xxx”, is neither",
        "raw_email_multiple_from.eml": "“tim@powerupdev.com concierge@powerupdev.com” is not",
        "raw_email_with_at_display_name.eml": "can be read in two ways",
        "example13.eml": "Line 3, “__”, is neither a header field",
    }
    assert [name for name, _ in refused] == list(reasons)
    assert all(reasons[name] in reason for name, reason in refused)
