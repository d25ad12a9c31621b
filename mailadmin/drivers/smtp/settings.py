"""What the SMTP driver has to know of a server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from mailadmin.domain.provider import DriverSettings, Encryption, PublicColumns

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")

REGION_PLACEHOLDER = "<region>"
"""Stands in a preset's host where the user's region belongs; no host is valid with it."""


@dataclass(frozen=True, slots=True)
class SmtpSettings(DriverSettings):
    """Where the server is, how the connection is protected, and who signs in."""

    driver: ClassVar[str] = "smtp"

    host: str
    port: int = Encryption.TLS.default_port
    username: str = ""  # "": no sign-in
    encryption: Encryption = Encryption.TLS
    ca_file: str = ""  # PEM file that replaces the system's authorities; "" for the system's
    trusted_fingerprint: str = ""  # SHA-256 of one trusted certificate, hex; "" for none

    @property
    def columns(self) -> PublicColumns:
        """All four."""
        return PublicColumns(self.host, self.port, self.username, self.encryption)


def normalise_fingerprint(value: str) -> str:
    """A SHA-256 fingerprint as 64 lower-case hex digits; raises ValueError if it is not one."""
    digits = re.sub(r"[\s:]", "", value).lower()
    if not _FINGERPRINT.fullmatch(digits):
        raise ValueError("a SHA-256 fingerprint has 64 hexadecimal digits")
    return digits
