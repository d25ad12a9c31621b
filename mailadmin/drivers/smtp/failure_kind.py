"""The ways in which an exchange with a server can break down."""

from __future__ import annotations

from enum import StrEnum


class FailureKind(StrEnum):
    """What went wrong, independent of where (`Stage`) it did."""

    # The network and the server's presence.
    NAME_NOT_FOUND = "name not found"
    NAME_LOOKUP = "name lookup failed"  # the resolver gave no answer
    CONNECTION_REFUSED = "connection refused"
    UNREACHABLE = "unreachable"
    CONNECTION_LOST = "connection lost"
    TIMEOUT = "time-out"
    MALFORMED_REPLY = "malformed reply"  # garbage, endless, or one nobody asked for
    # What the server said.
    REFUSED = "refused"  # a parsed 4xx or 5xx, in `reply`
    UNEXPECTED_REPLY = "unexpected reply"  # well formed, but no answer to what was asked
    # Protection of the connection.
    ENCRYPTION_REQUIRED = "encryption required"  # Encryption.NONE to a host that is not loopback
    TLS_NOT_OFFERED = "TLS not offered"
    TLS_INJECTED = "plain text after STARTTLS"
    TLS_NOT_SPOKEN = "no TLS on this port"
    TLS_TOO_OLD = "TLS too old"
    TLS_FAILED = "TLS failed"
    CERTIFICATE_EXPIRED = "certificate expired"
    CERTIFICATE_NOT_YET_VALID = "certificate not yet valid"
    CERTIFICATE_SELF_SIGNED = "certificate self-signed"
    CERTIFICATE_WRONG_HOST = "certificate for another host"
    CERTIFICATE_UNKNOWN_AUTHORITY = "certificate of an unknown authority"
    CERTIFICATE_NOT_THE_TRUSTED_ONE = "certificate is not the trusted one"
    CERTIFICATE_INVALID = "certificate invalid"
    CA_FILE = "authority file unusable"
    # Signing in and the sender.
    SENDER_UNUSABLE = "sender's address unusable"
    AUTH_NOT_OFFERED = "AUTH not offered"
    PASSWORD_MISSING = "password missing"
    PASSWORD_UNUSABLE = "password unusable"

    @property
    def is_about_us(self) -> bool:
        """Whether only the administrator can mend it: TLS, certificate, sign-in."""
        return self in _ABOUT_US


_ABOUT_US = frozenset(
    {
        FailureKind.ENCRYPTION_REQUIRED,
        FailureKind.TLS_NOT_OFFERED,
        FailureKind.TLS_INJECTED,
        FailureKind.TLS_NOT_SPOKEN,
        FailureKind.TLS_TOO_OLD,
        FailureKind.TLS_FAILED,
        FailureKind.CERTIFICATE_EXPIRED,
        FailureKind.CERTIFICATE_NOT_YET_VALID,
        FailureKind.CERTIFICATE_SELF_SIGNED,
        FailureKind.CERTIFICATE_WRONG_HOST,
        FailureKind.CERTIFICATE_UNKNOWN_AUTHORITY,
        FailureKind.CERTIFICATE_NOT_THE_TRUSTED_ONE,
        FailureKind.CERTIFICATE_INVALID,
        FailureKind.CA_FILE,
        FailureKind.SENDER_UNUSABLE,
        FailureKind.AUTH_NOT_OFFERED,
        FailureKind.PASSWORD_MISSING,
        FailureKind.PASSWORD_UNUSABLE,
    }
)
