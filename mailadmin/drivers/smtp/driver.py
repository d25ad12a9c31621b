"""SMTP as the rest of the program sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from mailadmin.domain.errors import InvalidInput
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.driver import Credential, Driver
from mailadmin.drivers.fields import Field, PathTo
from mailadmin.drivers.probing import OnStep, ProbeResult
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.stages import PROBE_STAGES
from mailadmin.drivers.smtp.timeouts import PROBE, RFC5321, Timeouts
from mailadmin.drivers.transcript import Revealable, Transcript

if TYPE_CHECKING:
    from mailadmin.drivers.smtp.session import SmtpSession


class SmtpDriver(Driver[SmtpSettings]):
    """Sends over SMTP with TLS and AUTH (RFC 5321, 3207, 8314, 4954)."""

    settings = SmtpSettings
    summary = "sends through a mail server"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("host", str, "name of the server", "NAME", required=True),
        Field("port", int, "default: 587, with --encryption ssl 465"),
        Field("username", str, "name to sign in with; empty for none", "NAME"),
        Field(
            "encryption",
            Encryption,
            "tls: STARTTLS (default); ssl: TLS from the start; none: only to this computer",
        ),
        Field(
            "ca_file",
            str,
            "PEM file of the authorities to trust, not the system's",
            "FILE",
            title="File of authorities",
            path=PathTo.FILE,
        ),
        Field(
            "trusted_fingerprint",
            str,
            "SHA-256 of the one certificate to trust, in hex",
            "HEX",
            "fingerprint",
            "Trusted certificate",
        ),
    )
    stages = PROBE_STAGES
    credential = Credential.PASSWORD

    def __init__(self, timeouts: Timeouts = RFC5321, probe_timeouts: Timeouts = PROBE) -> None:
        self._timeouts = timeouts
        self._probe_timeouts = probe_timeouts

    def signs_in(self, settings: SmtpSettings) -> bool:
        """With a user name."""
        return bool(settings.username)

    def completed(
        self, given: Mapping[str, object], before: SmtpSettings | None = None
    ) -> SmtpSettings:
        """A port that is that of the encryption follows the encryption."""
        settings = super().completed(given, before)
        followed = before is None or before.port == before.encryption.default_port
        if "port" not in given and followed:
            port = settings.encryption.default_port
            return super().completed({**given, "port": port}, before)
        return settings

    def problem(self, settings: SmtpSettings, name: str) -> InvalidInput | None:
        """See `checks`, of which `ca_file` reads the file."""
        from mailadmin.drivers.smtp.checks import field_problem

        return field_problem(settings, name)

    async def open(
        self, settings: SmtpSettings, secret: Revealable | None, *, cautious: bool
    ) -> SmtpSession:
        """Connect and sign in; cautiously, without pipelining."""
        from mailadmin.drivers.smtp.session import SmtpSession

        return await SmtpSession.open(
            settings, secret, timeouts=self._timeouts, pipelining=not cautious
        )

    async def probe(
        self,
        settings: SmtpSettings,
        send_from: str,
        secret: Revealable | None,
        *,
        on_step: OnStep | None = None,
        transcript: Transcript | None = None,
    ) -> ProbeResult:
        """Up to MAIL FROM; then RSET and QUIT."""
        from mailadmin.drivers.smtp.probe import probe

        return await probe(
            settings,
            send_from,
            secret,
            timeouts=self._probe_timeouts,
            on_step=on_step,
            transcript=transcript,
        )
