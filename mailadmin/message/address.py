"""What an email address is (RFC 5321 §4.1.2, with the characters of RFC 6531).

Narrower than the grammar in two ways, on purpose: a quoted local part may hold no space, comma or
angle bracket, because servers read those differently; and nothing invisible is accepted anywhere.
"""

from __future__ import annotations

import ipaddress
import re

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.message.encoded_words import single_line

_LONGEST_ADDRESS = 254  # bytes; RFC 5321 §4.5.3.1.3 allows 256 with the angle brackets
_LONGEST_DOMAIN = 253
_LONGEST_LABEL = 63

_ATOM = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\U0010ffff]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"')
_UNSAFE_IN_QUOTES = frozenset(" ,;:<>[]()")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")


def check_address(value: str, *, field: str = "email") -> str:
    """The bare address `value` is, without the spaces around it and unneeded quotes.

    A domain in another script stays as it was typed. Raises InvalidInput(`field`).
    """
    address = value.strip(" \t")
    if not address:
        raise InvalidInput(field, QT_TRANSLATE_NOOP("KnownError", "Enter an email address."))
    if not address.isprintable():
        raise InvalidInput(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "“{address}” holds a line break or an invisible character. Type the address again.",
            ),
            address="".join(c if c.isprintable() else "\ufffd" for c in address[:100]),
        )
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise _refusal(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "“{address}” is not an email address. One looks like name@example.org.",
            ),
            address,
        )
    if len(address.encode()) > _LONGEST_ADDRESS:
        raise _refusal(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError", "“{address}” is too long: an email address has at most 254 bytes."
            ),
            address,
        )
    local = _check_local_part(local, address, field)
    if domain_to_ascii(domain) is None:
        raise _refusal(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "“{address}” is not an email address: “{domain}” is not a domain name.",
            ),
            address,
            domain=single_line(domain, 100),
        )
    return f"{local}@{domain}"


def is_address(value: str) -> bool:
    """Whether `check_address` accepts `value`."""
    try:
        check_address(value)
    except InvalidInput:
        return False
    return True


def domain_to_ascii(domain: str) -> str | None:
    """The domain of an address as DNS and servers know it, None if it is none.

    Labels in other scripts become their "xn--" form; an address literal such as `[192.0.2.1]` or
    `[IPv6:::1]` stays (RFC 5321 §4.1.3).
    """
    if domain.startswith("[") and domain.endswith("]"):
        return domain if _is_literal(domain[1:-1]) else None
    labels = []
    for label in domain.split("."):
        if len(label) > _LONGEST_LABEL:
            return None
        try:
            ascii_label = label if label.isascii() else label.encode("idna").decode("ascii")
        except UnicodeError:
            return None
        if len(ascii_label) > _LONGEST_LABEL or not _LABEL.fullmatch(ascii_label):
            return None
        labels.append(ascii_label)
    # A last label of digits is an IP address without its brackets (RFC 3696 §2).
    if labels[-1].isdigit() or len(".".join(labels)) > _LONGEST_DOMAIN:
        return None
    return ".".join(labels)


def ascii_address(address: str) -> str | None:
    """A checked `address` for a server without SMTPUTF8; None if its local part needs that."""
    local, _, domain = address.rpartition("@")
    ascii_domain = domain_to_ascii(domain)
    return f"{local}@{ascii_domain}" if local.isascii() and ascii_domain is not None else None


def address_key(address: str) -> tuple[str, str]:
    """Equal for two checked addresses of one mailbox: only the domain ignores case (§2.4)."""
    local, _, domain = address.rpartition("@")
    return local, (domain_to_ascii(domain) or domain).lower()


def quote_local_part(text: str) -> str:
    """A local part as it is written in an address: in quotes only where it needs them."""
    if _DOT_ATOM.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _check_local_part(local: str, address: str, field: str) -> str:
    if match := _QUOTED.fullmatch(local):
        text = re.sub(r"\\(.)", r"\1", match[1])
        if not _UNSAFE_IN_QUOTES.intersection(text):
            return quote_local_part(text)
    elif _DOT_ATOM.fullmatch(local) and "=?" not in local:  # no encoded word (RFC 2047 §5)
        return local
    raise _refusal(
        field,
        QT_TRANSLATE_NOOP(
            "KnownError",
            "“{address}” is not an email address: “{local}” can't stand before the @.",
        ),
        address,
        local=single_line(local, 100),
    )


def _refusal(field: str, template: str, address: str, **values: object) -> InvalidInput:
    return InvalidInput(field, template, address=single_line(address, 100), **values)


def _is_literal(text: str) -> bool:
    try:
        if text[:5].lower() == "ipv6:":
            ipaddress.IPv6Address(text[5:])
            return "%" not in text
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
