"""Certificates for the test servers: valid ones and one of each kind that must be refused."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate with its key, in one PEM file."""

    pem: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate itself, 64 hex digits."""
        certificate = x509.load_pem_x509_certificates(self.pem.read_bytes())[0]
        return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()

    def context(self) -> ssl.SSLContext:
        """Return the server's context for TLS 1.2 and later."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.pem)
        return context


class Certificates:
    """A private authority and the certificates that tests need, made once per run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        authority = trustme.CA(organization_name="Mail Admin tests")
        stranger = trustme.CA(organization_name="An authority nobody knows")
        self.ca_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        self.valid = self._issue(authority, "valid", *LOCAL_NAMES)
        self.international = self._issue(authority, "international", "xn--strae-oqa.example")
        self.wrong_host = self._issue(authority, "wrong-host", "mail.example.org")
        self.unknown_authority = self._issue(stranger, "unknown-authority", *LOCAL_NAMES)
        self.expired = self._issue(
            authority, "expired", *LOCAL_NAMES, not_before=now - 30 * day, not_after=now - day
        )
        self.not_yet_valid = self._issue(
            authority, "not-yet-valid", *LOCAL_NAMES, not_before=now + day, not_after=now + 9 * day
        )
        self.self_signed = self._sign_itself(now - day, now + 9 * day)

    def _issue(
        self,
        authority: trustme.CA,
        name: str,
        *hosts: str,
        not_before: datetime.datetime | None = None,
        not_after: datetime.datetime | None = None,
    ) -> Certificate:
        issued = authority.issue_cert(*hosts, not_before=not_before, not_after=not_after)
        path = self._folder / f"{name}.pem"
        issued.private_key_and_cert_chain_pem.write_to_path(str(path))
        path.chmod(0o600)
        return Certificate(path)

    def _sign_itself(
        self, not_before: datetime.datetime, not_after: datetime.datetime
    ) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        names = x509.SubjectAlternativeName(
            [
                x509.DNSName("localhost"),
                x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                x509.IPAddress(ipaddress.ip_address("::1")),
            ]
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(names, critical=False)
            .sign(key, hashes.SHA256())
        )
        path = self._folder / "self-signed.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        path.chmod(0o600)
        return Certificate(path)
