"""What an address is, and how lists of them are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.domain_names import NotADomainName
from mailadmin.domain.errors import InvalidInput
from mailadmin.message import (
    Mailbox,
    address_key,
    ascii_address,
    check_address,
    domain_to_ascii,
    is_address,
    parse_mailboxes,
    parse_recipients,
)

ANN = ("ann@x.org", "Ann")


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("ann@example.org", "ann@example.org"),
        ("  ann@example.org ", "ann@example.org"),
        ("Ann.O'Hara+tag=1@mail.Example.ORG", "Ann.O'Hara+tag=1@mail.Example.ORG"),
        ('"ann"@example.org', "ann@example.org"),
        ('"a@b"@example.org', '"a@b"@example.org'),
        ('"a\\"b"@example.org', '"a\\"b"@example.org'),
        ('".a..b."@example.org', '".a..b."@example.org'),
        ("root@localhost", "root@localhost"),
        ("ann@[192.0.2.1]", "ann@[192.0.2.1]"),
        ("ann@[IPv6:2001:db8::1]", "ann@[IPv6:2001:db8::1]"),
        ("ann@bücher.example", "ann@bücher.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("用户@例え.jp", "用户@例え.jp"),
        ("a@" + "b" * 63 + ".org", "a@" + "b" * 63 + ".org"),
        ("bob@straße.example", "bob@straße.example"),
        ("bob@نامه\u200cای.com", "bob@نامه\u200cای.com"),
        ("bob@ශ්\u200dරී.com", "bob@ශ්\u200dරී.com"),
        ("bob@xn--53h.example", "bob@xn--53h.example"),
    ],
)
def test_addresses_are_read_without_quotes_and_spaces(value: str, address: str) -> None:
    assert check_address(value) == address
    assert check_address(address) == address
    assert is_address(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "ann",
        "@example.org",
        "ann@",
        "a b@example.org",
        "ann@exam ple.org",
        "a@b@example.org",
        ".ann@example.org",
        "ann.@example.org",
        "a..b@example.org",
        "Ann <ann@example.org>",
        "ann@example.org,bob@example.org",
        "ann@example..org",
        "ann@example.org.",
        "ann@-example.org",
        "ann@exam_ple.org",
        "ann@192.0.2.1",
        "ann@[192.0.2]",
        "ann@[IPv6:fe80::1%eth0]",
        "ann@[example.org]",
        "ann@" + "b" * 64 + ".org",
        "ann@" + "b." * 130 + "org",
        "a" * 250 + "@example.org",
        '"a b"@example.org',
        '"a<b>"@example.org',
        '"ann@example.org',
        'ann"x"@example.org',
        "=?utf-8?q?a?=@example.org",
        "ann@example.org\r\nBcc: eve@example.org",
        "ann@example.org\n",
        "an\0n@example.org",
        "an\x7fn@example.org",
        "ann\u200b@example.org",
        "ann\u200c@example.org",
        "نامه\u200cای@example.org",
        "ann@exam\u200dple.org",
        "ann@exam\u200bple.org",
        "ann\u200c",
        "ann@☕.example",
        "ann@àא.example",
        "ann@example\u3002org",
        "ann@ex\u2100mple.org",
        "ann\ud800@example.org",
    ],
)
def test_a_text_that_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput) as problem:
        check_address(value, field="send_from")
    assert problem.value.field == "send_from"
    assert str(problem.value).isprintable()
    assert not is_address(value)


@given(st.text(max_size=20), st.sampled_from("\r\n\0\x0b\x85\u2028"), st.text(max_size=20))
def test_addresses_with_control_characters_are_refused(
    before: str, control: str, after: str
) -> None:
    for value in (f"{before}{control}{after}@example.org", f"a@{before}{control}{after}.org"):
        assert not is_address(value)
        try:
            found = parse_mailboxes(value)
        except InvalidInput:
            continue
        assert not any(control in mailbox.address + mailbox.name for mailbox in found)


@given(st.text(max_size=60))
def test_every_parsed_mailbox_has_an_address(value: str) -> None:
    try:
        found = parse_mailboxes(value)
    except InvalidInput:
        return
    for mailbox in found:
        assert check_address(mailbox.address) == mailbox.address


def test_an_address_has_an_ascii_form_and_a_key() -> None:
    assert domain_to_ascii("Bücher.example") == "xn--bcher-kva.example"
    with pytest.raises(NotADomainName):
        domain_to_ascii("no domain")
    with pytest.raises(NotADomainName):
        ascii_address("ann@☕.example")  # of a database in which IDNA 2003 let it in
    assert ascii_address("ann@bücher.example") == "ann@xn--bcher-kva.example"
    assert ascii_address("änn@example.org") is None
    assert address_key("Ann@BÜCHER.example") == address_key("Ann@xn--bcher-kva.EXAMPLE")
    assert address_key("Ann@example.org") != address_key("ann@example.org")


def test_two_mailboxes_that_were_one_by_idna_2003() -> None:
    typed = "bob@straße.example, bob@strasse.example, bob@STRAßE.example, bob@xn--strae-oqa.example"
    assert parse_recipients(typed) == ["bob@straße.example", "bob@strasse.example"]
    final_sigma = ["ann@βόλος.example", "ann@βόλοσ.example"]
    assert parse_recipients(", ".join(final_sigma)) == final_sigma


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ann@-example.org", "no part of a domain name begins or ends with a hyphen"),
        ("ann@exam_ple.org", "“_” can't stand in a domain name"),
        ("ann@☕.example", "write xn--53h for its part “☕”"),
        ("ann@192.0.2.1", "the last part of a domain name can't be a number"),
        ("ann@[192.0.2]", "in brackets stands an IP address"),
        ("ann@[192.0.2.1", "in brackets stands an IP address"),
    ],
)
def test_the_reason_names_the_address_and_what_is_wrong_with_its_domain(
    address: str, why: str
) -> None:
    with pytest.raises(InvalidInput) as problem:
        check_address(address)
    assert str(problem.value).startswith(f"“{address}” can't be used: ")
    assert why in str(problem.value)


@pytest.mark.parametrize(
    ("value", "mailboxes"),
    [
        ("", []),
        (" , ,", []),
        ("ann@x.org", [("ann@x.org", "")]),
        ("Ann <ann@x.org>, bob@y.org", [("ann@x.org", "Ann"), ("bob@y.org", "")]),
        ("ann@x.org; bob@y.org;", [("ann@x.org", ""), ("bob@y.org", "")]),
        ('"Smith, Ann" <ann@x.org>', [("ann@x.org", "Smith, Ann")]),
        ('"a \\"b\\" c" <ann@x.org>', [("ann@x.org", 'a "b" c')]),
        ("Joe Q. Public <joe@x.org>", [("joe@x.org", "Joe Q. Public")]),
        ("=?utf-8?q?=C3=84nn?= <ann@x.org>", [("ann@x.org", "Änn")]),
        ("Änn <ann@x.org>", [("ann@x.org", "Änn")]),
        ("<ann@x.org>", [("ann@x.org", "")]),
        ("Ann(the \\) (one)) <ann(a)@(b)x.org(c)>", [("ann@x.org", "Ann")]),
        ("<@a.org,@b.org:ann@x.org>", [("ann@x.org", "")]),
        ("ann @ x . org", [("ann@x.org", "")]),
        ("Team: Ann <ann@x.org>, b@x.org;, c@y.org", [ANN, ("b@x.org", ""), ("c@y.org", "")]),
        ("Undisclosed recipients:;", []),
        ("undisclosed-recipients:", []),
        ("ann@[192.0.2.1]", [("ann@[192.0.2.1]", "")]),
    ],
)
def test_lists_of_mailboxes_are_read(value: str, mailboxes: list[tuple[str, str]]) -> None:
    assert parse_mailboxes(value) == [Mailbox(*mailbox) for mailbox in mailboxes]


def test_typed_recipients_are_read_once_each() -> None:
    typed = "Ann <ann@x.org>, ann@X.org; bob@y.org,\tAnn@x.org"
    assert parse_recipients(typed) == ["ann@x.org", "bob@y.org", "Ann@x.org"]
    assert parse_recipients("  ") == []
    for broken in ("ann@x.org\nbob@y.org", "ann@x.org\r\nBcc: eve@x.org", "ann\0@x.org"):
        with pytest.raises(InvalidInput, match="line break or a control character"):
            parse_recipients(broken)
