"""The test servers as pytest fixtures; registered in tests/conftest.py."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from mailadmin.domain.provider import Encryption
from tests.servers.aiosmtpd_server import AiosmtpdServer, aiosmtpd_server
from tests.servers.certificates import Certificates
from tests.servers.postfix import Postfix, obstacle, postfix


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A private authority (`ca_file`) and certificates of every kind for localhost."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def starttls_server(certificates: Certificates) -> Iterator[AiosmtpdServer]:
    """aiosmtpd with STARTTLS and AUTH (`USERNAME`, `PASSWORD` of aiosmtpd_server)."""
    with aiosmtpd_server(
        encryption=Encryption.TLS, tls=certificates.valid.context(), sign_in=True
    ) as server:
        yield server


@pytest.fixture
def implicit_tls_server(certificates: Certificates) -> Iterator[AiosmtpdServer]:
    """aiosmtpd with implicit TLS and AUTH."""
    with aiosmtpd_server(
        encryption=Encryption.SSL, tls=certificates.valid.context(), sign_in=True
    ) as server:
        yield server


@pytest.fixture
def plain_server() -> Iterator[AiosmtpdServer]:
    """aiosmtpd on loopback without TLS and without AUTH."""
    with aiosmtpd_server() as server:
        yield server


@pytest.fixture(scope="session")
def running_postfix(certificates: Certificates) -> Iterator[Postfix]:
    """One Postfix for the whole run. Tests are skipped where it can't run, and fail in CI."""
    if reason := obstacle():
        if os.environ.get("CI"):
            pytest.fail(f"CI must run the tests with Postfix: {reason}")
        pytest.skip(reason)
    with postfix(certificates.valid) as instance:
        yield instance


@pytest.fixture
def postfix_server(running_postfix: Postfix) -> Postfix:
    """Postfix with STARTTLS and implicit TLS, AUTH on both, and empty mailboxes."""
    running_postfix.empty_mailboxes()
    return running_postfix
