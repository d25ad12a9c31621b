"""TLS to a provider: always verified, and a failure says what is wrong with which certificate."""

from __future__ import annotations

import hashlib
import hmac
import ssl
from functools import lru_cache
from pathlib import Path

from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.settings import SmtpSettings, normalise_fingerprint
from mailadmin.drivers.smtp.stages import Stage

# X509_V_ERR_… of OpenSSL's x509_vfy.h → what it is for the administrator.
_NOT_YET_VALID = 9
_EXPIRED = 10
_SELF_SIGNED = 18
_SELF_SIGNED_IN_CHAIN = 19
_NO_ISSUER = frozenset({2, 20, 21, 27})
_WRONG_HOST = frozenset({62, 64})

# What OpenSSL calls a first record that is no TLS: a server that speaks before it is spoken to.
_NOT_TLS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "UNKNOWN_PROTOCOL",
        "HTTP_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "WRONG_SSL_VERSION",
    }
)
_TOO_OLD = frozenset(
    {
        "UNSUPPORTED_PROTOCOL",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "VERSION_TOO_LOW",
        "NO_PROTOCOLS_AVAILABLE",
    }
)


def context_for(settings: SmtpSettings) -> ssl.SSLContext:
    """The TLS settings for `provider`; raises SmtpFailure (CA_FILE, CERTIFICATE_INVALID).

    TLS 1.2 or later; chain and host name are verified by OpenSSL. With a trusted fingerprint
    neither is, because `verify_fingerprint` must then be called right after the handshake.
    Reads files: call it off the event loop.
    """
    if settings.trusted_fingerprint:
        try:
            normalise_fingerprint(settings.trusted_fingerprint)
        except ValueError as error:
            raise SmtpFailure(
                Stage.TLS,
                FailureKind.CERTIFICATE_INVALID,
                f"The trusted fingerprint of this provider can't be used: {error}.",
            ) from None
        return _pinned_context()
    try:
        modified = Path(settings.ca_file).stat().st_mtime_ns if settings.ca_file else 0
        return _verifying_context(settings.ca_file, modified)
    except (OSError, ssl.SSLError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SmtpFailure(
            Stage.TLS,
            FailureKind.CA_FILE,
            f"The file of certificate authorities {settings.ca_file} can't be used: {why}. "
            "Choose a PEM file that can be read.",
        ) from error


@lru_cache(maxsize=16)
def _verifying_context(ca_file: str, modified: int) -> ssl.SSLContext:
    del modified  # part of the cache's key: a changed file is read again
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@lru_cache(maxsize=1)
def _pinned_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def verify_fingerprint(settings: SmtpSettings, certificate: bytes | None) -> None:
    """Compare the server's `certificate` (DER) with the one trusted; raises SmtpFailure.

    Does nothing for a provider without a fingerprint: OpenSSL has verified the chain already.
    """
    if not settings.trusted_fingerprint:
        return
    seen = hashlib.sha256(certificate or b"").hexdigest()
    if certificate is None or not hmac.compare_digest(
        seen, normalise_fingerprint(settings.trusted_fingerprint)
    ):
        raise SmtpFailure(
            Stage.TLS,
            FailureKind.CERTIFICATE_NOT_THE_TRUSTED_ONE,
            f"{settings.host} shows another certificate than the trusted one (SHA-256 {seen}). "
            "Nothing was sent. If the provider renewed it, compare the fingerprint with them "
            "before you trust it.",
        )


def tls_failure(settings: SmtpSettings, error: ssl.SSLError) -> SmtpFailure:
    """What a failed handshake means and what to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_failure(settings, error)
    host, port, reason = settings.host, settings.port, error.reason or ""
    if reason in _NOT_TLS and settings.encryption is Encryption.SSL:
        return SmtpFailure(
            Stage.TLS,
            FailureKind.TLS_NOT_SPOKEN,
            f"{host} does not speak TLS from the start on port {port}; "
            "choose TLS (STARTTLS), or SSL with port 465.",
        )
    if reason in _TOO_OLD:
        return SmtpFailure(
            Stage.TLS,
            FailureKind.TLS_TOO_OLD,
            f"{host} offers no TLS version that is still safe; TLS 1.2 or later is needed. "
            "Ask the provider for another server.",
        )
    said = reason.replace("_", " ").lower() or "the handshake was broken off"
    return SmtpFailure(
        Stage.TLS, FailureKind.TLS_FAILED, f"TLS with {host} on port {port} failed: {said}."
    )


def _certificate_failure(
    settings: SmtpSettings, error: ssl.SSLCertVerificationError
) -> SmtpFailure:
    host, code = settings.host, error.verify_code
    if code == _EXPIRED:
        kind = FailureKind.CERTIFICATE_EXPIRED
        detail = (
            f"The certificate of {host} has expired. The provider must renew it; "
            "check this computer's date as well."
        )
    elif code == _NOT_YET_VALID:
        kind = FailureKind.CERTIFICATE_NOT_YET_VALID
        detail = f"The certificate of {host} is not valid yet. Check this computer's date."
    elif code == _SELF_SIGNED:
        kind = FailureKind.CERTIFICATE_SELF_SIGNED
        detail = (
            f"The certificate of {host} is self-signed. If it is your own server, trust its "
            "fingerprint or give the file of its authority."
        )
    elif code in _WRONG_HOST:
        kind = FailureKind.CERTIFICATE_WRONG_HOST
        detail = (
            f"The certificate was issued for another host than {host}. "
            "Enter the host name the provider's instructions give."
        )
    elif code == _SELF_SIGNED_IN_CHAIN or code in _NO_ISSUER:
        kind = FailureKind.CERTIFICATE_UNKNOWN_AUTHORITY
        detail = (
            f"The certificate of {host} was issued by an authority that is not trusted here. "
            "If it is your organisation's own, give its file."
        )
    else:
        kind = FailureKind.CERTIFICATE_INVALID
        detail = f"The certificate of {host} can't be trusted: {error.verify_message}."
    return SmtpFailure(Stage.TLS, kind, detail)
