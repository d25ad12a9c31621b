"""What an email address is (RFC 5321 §4.1.2, with the characters of RFC 6531).

Narrower than the grammar in two ways, on purpose: a quoted local part may hold no space, comma or
angle bracket, because servers read those differently; and nothing invisible is accepted anywhere
but a joiner in a domain name that is another name without it.
"""

from __future__ import annotations

import ipaddress
import re

from mailadmin.domain.domain_names import (
    JOINERS,
    NotADomainName,
    domain_key,
    fit_for_a_sentence,
    to_ascii,
)
from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.message.encoded_words import single_line

_LONGEST_ADDRESS = 254  # bytes; RFC 5321 §4.5.3.1.3 allows 256 with the angle brackets

_ATOM = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\U0010ffff]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"')
_UNSAFE_IN_QUOTES = frozenset(" ,;:<>[]()")


def check_address(value: str, *, field: str = "email") -> str:
    """The bare address `value` is, without the spaces around it and unneeded quotes.

    A domain in another script stays as it was typed. Raises InvalidInput(`field`).
    """
    address = value.strip(" \t")
    if not address:
        raise InvalidInput(field, QT_TRANSLATE_NOOP("KnownError", "Enter an email address."))
    if not is_visible(address):
        raise _refusal(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "“{address}” holds a line break or an invisible character. Type the address again.",
            ),
            address,
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
    try:
        domain_to_ascii(domain)
    except NotADomainName as problem:
        raise InvalidInput(
            field, problem.template, name=fit_for_a_sentence(address), **problem.values
        ) from None
    return f"{local}@{domain}"


def is_address(value: str) -> bool:
    """Whether `check_address` accepts `value`."""
    try:
        check_address(value)
    except InvalidInput:
        return False
    return True


def is_visible(address: str) -> bool:
    """Whether all characters of `address` are seen, but for the joiners of its domain."""
    local, _, domain = address.rpartition("@")
    return local.isprintable() and domain.translate(JOINERS).isprintable()


def domain_to_ascii(domain: str) -> str:
    """The domain of an address as DNS and servers know it; raises NotADomainName.

    An address literal such as `[192.0.2.1]` or `[IPv6:::1]` stays (RFC 5321 §4.1.3).
    """
    if domain.startswith("["):
        if domain.endswith("]") and _is_literal(domain[1:-1]):
            return domain
        raise NotADomainName(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "“{name}” can't be used: in brackets stands an IP address, as in [192.0.2.1] or "
                "[IPv6:2001:db8::1].",
            )
        )
    return to_ascii(domain)


def ascii_address(address: str) -> str | None:
    """A checked `address` for a server without SMTPUTF8; None if its local part needs that.

    Raises NotADomainName for the domain of an address that was checked by older rules.
    """
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain_to_ascii(domain)}" if local.isascii() else None


def address_key(address: str) -> tuple[str, str]:
    """Equal for two checked addresses of one mailbox: only the domain ignores case (§2.4)."""
    local, _, domain = address.rpartition("@")
    return local, domain_key(domain)


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
    return InvalidInput(field, template, address=fit_for_a_sentence(address), **values)


def _is_literal(text: str) -> bool:
    try:
        if text[:5].lower() == "ipv6:":
            ipaddress.IPv6Address(text[5:])
            return "%" not in text
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
