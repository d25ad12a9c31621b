"""Whether the fields of SMTP settings can be used, each with its own reason.

Pure but for `ca_file`, which is read.
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
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.name_check import name_problem
from mailadmin.drivers.smtp.settings import REGION_PLACEHOLDER, SmtpSettings

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
    return name_problem("username", username)


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


_CHECKS: dict[str, Callable[[SmtpSettings], InvalidInput | None]] = {
    "host": lambda settings: host_problem(settings.host),
    "port": lambda settings: port_problem(settings.port),
    "username": lambda settings: username_problem(settings.username),
    "encryption": lambda settings: encryption_problem(settings.encryption, settings.host),
    "ca_file": lambda settings: ca_file_problem(settings.ca_file),
    "trusted_fingerprint": lambda settings: fingerprint_problem(settings.trusted_fingerprint),
}


def field_problem(settings: SmtpSettings, field: str) -> InvalidInput | None:
    """Why this field can't be saved, None if it can. `field` is an attribute."""
    return _CHECKS[field](settings)


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
