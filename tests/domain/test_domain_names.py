"""Domain names by IDNA 2008 and UTS 46, non-transitional.

The vectors are a selection of Unicode's IdnaTestV2.txt (conformance tests of UTS 46) and of the
examples of RFC 5891–5893 and UTS 46.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mailadmin
from mailadmin.domain.domain_names import (
    NotADomainName,
    both_forms,
    domain_key,
    to_ascii,
    to_unicode,
)

ZWNJ, ZWJ = "\u200c", "\u200d"
PERSIAN = f"نامه{ZWNJ}ای.com"
SINHALA = f"ශ්{ZWJ}රී.com"

# as it is written, in ASCII, as it is read
VECTORS = [
    # what IDNA 2003 led to another domain
    ("straße.de", "xn--strae-oqa.de", "straße.de"),
    ("STRAßE.de", "xn--strae-oqa.de", "straße.de"),
    ("strasse.de", "strasse.de", "strasse.de"),
    ("faß.de", "xn--fa-hia.de", "faß.de"),
    ("Faß.de", "xn--fa-hia.de", "faß.de"),
    ("fass.de", "fass.de", "fass.de"),
    ("Faẞ.de", "xn--fa-hia.de", "faß.de"),
    ("βόλος.com", "xn--nxasmm1c.com", "βόλος.com"),
    ("βόλοσ.com", "xn--nxasmq6b.com", "βόλοσ.com"),
    ("ΒΌΛΟΣ.com", "xn--nxasmq6b.com", "βόλοσ.com"),
    (PERSIAN, "xn--mgba3gch31f060k.com", PERSIAN),
    (PERSIAN.replace(ZWNJ, ""), "xn--mgba3gch31f.com", "نامهای.com"),
    (SINHALA, "xn--10cl1a0b660p.com", SINHALA),
    (SINHALA.replace(ZWJ, ""), "xn--10cl1a0b.com", "ශ්රී.com"),
    # upper case, full width, combining marks, compatibility forms
    ("BÜCHER.example", "xn--bcher-kva.example", "bücher.example"),
    ("bu\u0308cher.example", "xn--bcher-kva.example", "bücher.example"),
    ("BU\u0308CHER.example", "xn--bcher-kva.example", "bücher.example"),
    ("ｂücher.ｅxample", "xn--bcher-kva.example", "bücher.example"),
    ("ｅｘａｍｐｌｅ.org", "example.org", "example.org"),
    ("Königsgäßchen.de", "xn--knigsgchen-b4a3dun.de", "königsgäßchen.de"),
    ("ﬁ.example", "fi.example", "fi.example"),
    # other scripts
    ("例え.jp", "xn--r8jz45g.jp", "例え.jp"),
    ("日本語.JP", "xn--wgv71a119e.jp", "日本語.jp"),
    ("пример.рф", "xn--e1afmkfd.xn--p1ai", "пример.рф"),
    ("à.א\u0308", "xn--0ca.xn--ssa73l", "à.א\u0308"),
    ("ÖBB.at", "xn--bb-eka.at", "öbb.at"),
    ("xn--fa-hia.de", "xn--fa-hia.de", "faß.de"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example", "bücher.example"),
    ("bücher.xn--p1ai", "xn--bcher-kva.xn--p1ai", "bücher.рф"),
    # nothing to do
    ("localhost", "localhost", "localhost"),
    ("Mail.Example.ORG", "Mail.Example.ORG", "Mail.Example.ORG"),
    ("r3---sn-4g5.example.org", "r3---sn-4g5.example.org", "r3---sn-4g5.example.org"),
]


@pytest.mark.parametrize(("written", "in_ascii", "read"), VECTORS)
def test_both_ways(written: str, in_ascii: str, read: str) -> None:
    assert to_ascii(written) == in_ascii
    assert to_unicode(written) == read
    assert to_unicode(in_ascii) == read
    assert to_ascii(read) == in_ascii
    assert domain_key(written) == domain_key(in_ascii) == domain_key(read) == in_ascii.lower()


def test_what_was_one_domain_in_2003_are_two() -> None:
    pairs = [
        ("straße.de", "strasse.de"),
        ("βόλος.com", "βόλοσ.com"),
        (PERSIAN, PERSIAN.replace(ZWNJ, "")),
        (SINHALA, SINHALA.replace(ZWJ, "")),
    ]
    for one, other in pairs:
        assert one.encode("idna") == other.encode("idna"), "the control: Python's codec"
        assert domain_key(one) != domain_key(other)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "a dot in its domain name has nothing before or after it"),
        ("a..b", "a dot in its domain name has nothing before or after it"),
        (".example.org", "a dot in its domain name has nothing before or after it"),
        ("example.org.", "a dot in its domain name has nothing before or after it"),
        ("bücher..example", "a dot in its domain name has nothing before or after it"),
        ("bücher.example.", "a dot in its domain name has nothing before or after it"),
        ("x" * 64 + ".org", "each part of it 63"),
        ("ü" * 60 + ".org", "each part of it 63"),
        ("ü" * 2000, "each part of it 63"),
        ("b." * 126 + "org", "at most 253 characters"),
        ("-example.org", "begins or ends with a hyphen"),
        ("example-.org", "begins or ends with a hyphen"),
        ("-bücher.org", "begins or ends with a hyphen"),
        ("bü--cher.org", "hyphens as its third and fourth character"),
        ("exam_ple.org", "“_” can't stand in a domain name"),
        ("bü_cher.org", "“_” can't stand in a domain name"),
        ("exam ple.org", "U+0020 can't stand in a domain name"),
        ("ex℀mple.org", "“/” can't stand in a domain name"),
        ("example。org", "write plain dots"),
        ("example．org", "write plain dots"),
        ("bücher｡org", "write plain dots"),
        ("a\u0378b.org", "U+0378 can't stand in a domain name"),
        ("☕.example", "write xn--53h for its part “☕”"),
        ("i❤️.example", "write xn--i-7iq for its part “i❤”"),
        ("\u0308x.org", "can't stand there"),
        (f"a{ZWNJ}b.org", "U+200C can't stand there"),
        (f"a{ZWJ}b.org", "U+200D can't stand there"),
        ("ex\u00adample.org", "U+00AD can't stand in a domain name"),
        ("bücher\u200b.org", "U+200B can't stand in a domain name"),
        ("a·b.org", "“·” can't stand there"),
        ("àא.example", "read from the right and from the left"),
        ("א0٠א.example", "read from the right and from the left"),
        ("192.0.2.1", "can't be a number"),
        ("127.1", "can't be a number"),
        ("ü.1", "can't be a number"),
    ],
)
def test_what_is_no_domain_name_and_why(name: str, why: str) -> None:
    with pytest.raises(NotADomainName) as refused:
        to_ascii(name)
    sentence = refused.value.about(name)
    assert sentence.isprintable()
    assert "{" not in sentence
    if name.isprintable() and len(name) < 100:
        assert sentence.startswith(f"“{name}” can't be used: ")
    assert why in sentence
    assert to_unicode(name) == name
    assert domain_key(name) == name.lower()


def test_underscores_only_where_they_are_wanted() -> None:
    assert to_ascii("mail_relay.bücher", underscores=True) == "mail_relay.xn--bcher-kva"
    assert to_ascii("_smtp", underscores=True) == "_smtp"
    with pytest.raises(NotADomainName):
        to_ascii("mail_relay")


@pytest.mark.parametrize("label", ["xn--53h", "xn--a", "xn--0ca24w", "XN--53H"])
def test_ascii_that_can_not_be_decoded_stays(label: str) -> None:
    """It reaches the domain that it names, and no other: emoji domains are written like that."""
    name = f"{label}.example"
    assert to_ascii(name) == name
    assert to_unicode(name) == name
    assert both_forms(f"ann@{name}") == f"ann@{name}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ann@example.org", "ann@example.org"),
        ("smtp.Example.org", "smtp.Example.org"),
        ("", ""),
        ("192.0.2.1", "192.0.2.1"),
        ("ann@[IPv6:2001:db8::1]", "ann@[IPv6:2001:db8::1]"),
        ("straße.example", "straße.example (xn--strae-oqa.example)"),
        ("xn--strae-oqa.example", "xn--strae-oqa.example (straße.example)"),
        ("änn@Bücher.example", "änn@Bücher.example (änn@xn--bcher-kva.example)"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example (ann@bücher.example)"),
        ("pаypal.example", "pаypal.example (xn--pypal-4ve.example)"),  # a Cyrillic а
        ("mail_1.bücher", "mail_1.bücher (mail_1.xn--bcher-kva)"),
        ("☕.example", "☕.example"),
    ],
)
def test_both_forms_are_shown_where_there_are_two(text: str, shown: str) -> None:
    assert both_forms(text) == shown


@given(st.text(max_size=30))
def test_a_name_that_is_accepted_keeps_its_meaning(text: str) -> None:
    try:
        in_ascii = to_ascii(text)
    except NotADomainName:
        return
    assert re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", in_ascii)
    assert to_ascii(in_ascii) == in_ascii
    assert domain_key(to_unicode(text)) == domain_key(text) == in_ascii.lower()
    assert both_forms(text).startswith(text)


def test_nothing_is_encoded_by_the_rules_of_2003() -> None:
    """Python's codec of that name: nowhere in the program."""
    folder = Path(mailadmin.__file__).parent
    for path in folder.rglob("*.py"):
        assert not re.search(r"""(en|de)code\(\s*["']idna""", path.read_text()), path
