"""The addresses of a message as they are given to a server."""

from __future__ import annotations

from mailadmin.domain.domain_names import NotADomainName, to_unicode
from mailadmin.drivers.smtp.offers import Offers
from mailadmin.message import domain_to_ascii, is_visible


class Unusable(Exception):
    """An address or a message that a server can't be given; the text says why."""


def wire_address(address: str, role: str, host: str, offers: Offers) -> str:
    """The `role`'s address as `host` is given it; raises Unusable.

    With SMTPUTF8 a domain in another script goes as its U-label (RFC 6531 §3.3), without it in its
    ASCII form (RFC 5891 §4); a local part has no such form.
    """
    if not address or not is_visible(address) or "<" in address or ">" in address or " " in address:
        raise Unusable(f"The {role}'s address can't be given to a server: {address!r}.")
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain_to_ascii(domain)
    except NotADomainName as problem:
        raise Unusable(problem.about(address)) from None
    if offers.utf8:
        return f"{local}@{to_unicode(ascii_domain)}"
    if local.isascii():
        return f"{local}@{ascii_domain}"
    raise Unusable(
        f"The {role}'s address {address} has characters that {host} does not take "
        "(no SMTPUTF8). Use another provider."
    )


def mail_command(sender: str, *, size: int | None, eight_bit: bool, utf8: bool) -> bytes:
    """MAIL with what the server must know of the message."""
    command = b"MAIL FROM:<" + sender.encode() + b">"
    if size is not None:
        command += b" SIZE=%d" % size  # RFC 1870
    if eight_bit:
        command += b" BODY=8BITMIME"  # RFC 6152
    if utf8:
        command += b" SMTPUTF8"  # RFC 6531
    return command + b"\r\n"
