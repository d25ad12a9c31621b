"""Whether the fields of a provider can be used, each with its own reason.

Pure but for `ca_file`, which is read. A dialog asks for one field with `field_problem`, a command
for all of them with `validate_provider`.
"""

from __future__ import annotations

import ipaddress
import re
import stat
from collections.abc import Callable
from pathlib import Path

from mailadmin.domain.domain_names import (
    NotADomainName,
    domain_key,
    fit_for_a_sentence,
    to_ascii,
)
from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.domain.provider import Encryption, Provider
from mailadmin.message import check_address
from mailadmin.providers.presets import REGION_PLACEHOLDER

_LONGEST_NAME = 200  # characters of a caption or a name
_MOST = {"max_connections": 1000, "priority": 1_000_000, "weight": 1_000_000}
_MOST_ELSE = 1_000_000_000
_LONGEST_CA_FILE = 16 * 1024 * 1024  # bytes; the authorities of a whole system take a fifth of one
_NOT_IN_HOST = re.compile(r"[\x00-\x2c/:-@\[-^`{-\x7f]")  # as of a URL, or before a port
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{64}")
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


def is_loopback(host: str) -> bool:
    """Whether `host` is this computer by its very name: localhost, 127.0.0.0/8 or ::1."""
    name = domain_key(host.strip())
    if name.rstrip(".") == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or bool(mapped is not None and mapped.is_loopback)


def caption_problem(caption: str) -> InvalidInput | None:
    """Why `caption` can't be a provider's, None if it can."""
    if not caption.strip():
        return InvalidInput(
            "caption",
            QT_TRANSLATE_NOOP("KnownError", "Enter a caption to tell this provider from others."),
        )
    return _name_problem("caption", caption)


def host_problem(host: str) -> InvalidInput | None:
    """Why `host` can't be connected to, None if it is a host name or an IP address."""
    if not host.strip():
        return InvalidInput(
            "host",
            QT_TRANSLATE_NOOP("KnownError", "Enter the host name of the SMTP server."),
        )
    if REGION_PLACEHOLDER in host:
        return InvalidInput(
            "host",
            QT_TRANSLATE_NOOP(
                "KnownError", "Replace {placeholder} by your region, such as eu-west-1."
            ),
            placeholder=REGION_PLACEHOLDER,
        )
    if _is_ip_address(host):
        return None
    if host.startswith("[") and host.endswith("]"):
        return InvalidInput(
            "host", QT_TRANSLATE_NOOP("KnownError", "Enter the IP address without brackets.")
        )
    if _NOT_IN_HOST.search(host):
        return InvalidInput(
            "host",
            QT_TRANSLATE_NOOP(
                "KnownError",
                "This is not a host name. Enter it alone, such as smtp.example.org, without "
                "“smtp://”, port or spaces.",
            ),
        )
    try:
        to_ascii(host, underscores=True)
    except NotADomainName as problem:
        return InvalidInput(
            "host", problem.template, name=fit_for_a_sentence(host), **problem.values
        )
    return None


def port_problem(port: int) -> InvalidInput | None:
    """Why `port` can't be one, None if it is between 1 and 65535."""
    if 1 <= port <= 65535:
        return None
    return InvalidInput(
        "port",
        QT_TRANSLATE_NOOP(
            "KnownError", "Enter a port between 1 and 65535; usual are 587 (TLS) and 465 (SSL)."
        ),
    )


def username_problem(username: str) -> InvalidInput | None:
    """Why `username` can't be sent to a server, None if it can; "" stands for no sign-in."""
    return _name_problem("username", username)


def send_from_problem(send_from: str) -> InvalidInput | None:
    """Why `send_from` can't be a sender's address, None if it can."""
    try:
        address = check_address(send_from, field="send_from")
    except InvalidInput as problem:
        return problem
    if address != send_from:  # spaces around it, or quotes it doesn't need
        return InvalidInput(
            "send_from",
            QT_TRANSLATE_NOOP("KnownError", "Write the address as {address}."),
            address=address,
        )
    return None


def send_from_name_problem(name: str) -> InvalidInput | None:
    """Why `name` can't stand before the sender's address, None if it can."""
    return _name_problem("send_from_name", name)


def encryption_problem(encryption: Encryption, host: str) -> InvalidInput | None:
    """Why mail and password may not travel to `host` like this, None if they may."""
    if encryption is not Encryption.NONE or is_loopback(host):
        return None
    return InvalidInput(
        "encryption",
        QT_TRANSLATE_NOOP(
            "KnownError",
            "Without encryption only a server on this computer (localhost) can be used. "
            "Choose TLS or SSL.",
        ),
    )


def ca_file_problem(path: str) -> InvalidInput | None:
    """Why certificates can't be read from the file at `path`, None if they can; "" is no file.

    A pipe or a device isn't opened: it may never answer, or take notice of being opened.
    """
    if not path:
        return None
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return InvalidInput(
                "ca_file",
                QT_TRANSLATE_NOOP("KnownError", "This is not a regular file. Choose another."),
            )
        with Path(path).open("rb") as file:
            content = file.read(_LONGEST_CA_FILE)
    except (OSError, ValueError) as error:
        return InvalidInput(
            "ca_file",
            QT_TRANSLATE_NOOP("KnownError", "The file can't be read: {detail}. Choose another."),
            detail=getattr(error, "strerror", None) or "this is not the name of a file",
        )
    if _CERTIFICATE in content:
        return None
    return InvalidInput(
        "ca_file",
        QT_TRANSLATE_NOOP(
            "KnownError", "The file holds no certificate in PEM form. Choose the authority's file."
        ),
    )


def fingerprint_problem(fingerprint: str) -> InvalidInput | None:
    """Why `fingerprint` can't be a certificate's SHA-256, None if it can; "" is none."""
    if not fingerprint or _FINGERPRINT.fullmatch(re.sub(r"[\s:]", "", fingerprint)):
        return None
    return InvalidInput(
        "trusted_fingerprint",
        QT_TRANSLATE_NOOP(
            "KnownError",
            "A SHA-256 fingerprint has 64 digits from 0 to 9 and A to F. Copy it whole.",
        ),
    )


def count_range(field: str) -> tuple[int, int]:
    """The least and the most that a provider's `field` that counts can be."""
    return (0 if field == "priority" else 1), _MOST.get(field, _MOST_ELSE)


def limit_problem(field: str, value: int | None) -> InvalidInput | None:
    """Why `value` can't be a provider's `field` that counts, None if it can."""
    least, most = count_range(field)
    if value is None or least <= value <= most:
        return None
    if value < least:
        template = QT_TRANSLATE_NOOP("KnownError", "Enter a positive number, or none for no limit.")
    else:
        template = QT_TRANSLATE_NOOP("KnownError", "Enter {most:,} at most.")
    return InvalidInput(field, template, most=most)


_CHECKS: dict[str, Callable[[Provider], InvalidInput | None]] = {
    "caption": lambda provider: caption_problem(provider.caption),
    "host": lambda provider: host_problem(provider.host),
    "port": lambda provider: port_problem(provider.port),
    "username": lambda provider: username_problem(provider.username),
    "send_from": lambda provider: send_from_problem(provider.send_from),
    "send_from_name": lambda provider: send_from_name_problem(provider.send_from_name),
    "encryption": lambda provider: encryption_problem(provider.encryption, provider.host),
    "ca_file": lambda provider: ca_file_problem(provider.ca_file),
    "trusted_fingerprint": lambda provider: fingerprint_problem(provider.trusted_fingerprint),
}
_COUNTS = (
    "priority",
    "weight",
    "max_connections",
    "messages_per_connection",
    "limit_per_second",
    "limit_per_minute",
    "limit_per_hour",
    "limit_per_day",
)

VALIDATED_FIELDS: tuple[str, ...] = (*_CHECKS, *_COUNTS)
"""The attributes of a `Provider` that `field_problem` knows, in the order of a dialog."""


def field_problem(provider: Provider, field: str) -> InvalidInput | None:
    """Why this field of `provider` can't be saved, None if it can. `field` is an attribute."""
    if field in _COUNTS:
        return limit_problem(field, getattr(provider, field))
    return _CHECKS[field](provider)


def validate_provider(provider: Provider) -> list[InvalidInput]:
    """What keeps `provider` from being saved, in the order of the fields; [] if nothing does."""
    problems = (field_problem(provider, field) for field in VALIDATED_FIELDS)
    return [problem for problem in problems if problem is not None]


def _name_problem(field: str, value: str) -> InvalidInput | None:
    if any(not character.isprintable() for character in value):
        return InvalidInput(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "Line breaks and invisible characters can't stand here. Type it again.",
            ),
        )
    if len(value) > _LONGEST_NAME:
        return InvalidInput(
            field,
            QT_TRANSLATE_NOOP("KnownError", "At most {limit} characters can stand here."),
            limit=_LONGEST_NAME,
        )
    return None


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
