"""Providers with TLS, and how opening a session to them fails."""

from __future__ import annotations

import asyncio

import pytest

from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.settings import SmtpSettings
from tests.drivers.smtp.dialling import impatient, session_with, settings_at
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME
from tests.servers.certificates import Certificates

WITH_STARTTLS = "250-scripted\n250-STARTTLS\n250 AUTH PLAIN LOGIN"


def secured(
    port: int, encryption: Encryption, certificates: Certificates, **changes: object
) -> SmtpSettings:
    """A provider with a user name, at the test server, that trusts the test authority."""
    basis: dict[str, object] = {"username": USERNAME, "ca_file": str(certificates.ca_file)}
    return settings_at(port, encryption, **{**basis, **changes})


def failure_of(settings: SmtpSettings, **seconds: float) -> SmtpFailure:
    """How opening a session fails."""

    async def main() -> SmtpFailure:
        with pytest.raises(SmtpFailure) as raised:
            async with session_with(settings, PASSWORD, timeouts=impatient(**seconds)):
                pass
        return raised.value

    return asyncio.run(main())
