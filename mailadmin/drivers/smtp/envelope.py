"""The addresses of a message as they are given to a server."""

from __future__ import annotations

from mailadmin.drivers.smtp.offers import Offers
from mailadmin.message import ascii_address


class Unusable(Exception):
    """An address or a message that a server can't be given; the text says why."""


def wire_address(address: str, role: str, host: str, offers: Offers) -> str:
    """The `role`'s address as `host` is given it; raises Unusable.

    Without SMTPUTF8 a domain in another script goes in its ASCII form (RFC 3490); a local part has
    no such form.
    """
    if (
        not address
        or not address.isprintable()
        or "<" in address
        or ">" in address
        or " " in address
    ):
        raise Unusable(f"The {role}'s address can't be given to a server: {address!r}.")
    if address.isascii() or offers.utf8:
        return address
    if (ascii_form := ascii_address(address)) is None:
        raise Unusable(
            f"The {role}'s address {address} has characters that {host} does not take "
            "(no SMTPUTF8). Use another provider."
        )
    return ascii_form


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
