"""Test connection: the sender's own code, stage by stage, without sending anything."""

from __future__ import annotations

from mailadmin.domain.domain_names import both_forms
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.probing import OnStep, ProbeResult, Steps
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.reply import one_line
from mailadmin.drivers.smtp.session import SmtpSession
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.stages import PROBE_STAGES, Stage
from mailadmin.drivers.smtp.timeouts import PROBE, Timeouts
from mailadmin.drivers.transcript import Revealable, Transcript


async def probe(
    settings: SmtpSettings,
    send_from: str,
    secret: Revealable | None,
    *,
    timeouts: Timeouts = PROBE,
    on_step: OnStep | None = None,
    transcript: Transcript | None = None,
) -> ProbeResult:
    """Test the server as the sender would use it, up to MAIL FROM; then RSET and QUIT.

    `send_from` is the address that is to send. See `Driver.probe`.
    """
    steps = Steps(PROBE_STAGES, on_step)
    course = _Course(settings, steps)
    try:
        session = await SmtpSession.open(
            settings, secret, timeouts=timeouts, transcript=transcript, on_stage=course.enter
        )
        try:
            reply = await session.check_sender(send_from)
            steps.passed(f"{send_from} may send: {one_line(reply)}")
        finally:
            await session.close()
    except SmtpFailure as failure:
        steps.failed(failure.detail)
        return steps.result(failure)
    return steps.result()


class _Course:
    """Turns the stages of the session into the steps of the test.

    The greeting and EHLO belong to the step they follow: TCP, or TLS when that comes first.
    """

    def __init__(self, settings: SmtpSettings, steps: Steps) -> None:
        self._settings = settings
        self._steps = steps
        self._current: Stage | None = None

    def enter(self, stage: Stage) -> None:
        """A stage of the session begins, so the step before it is over."""
        if stage not in PROBE_STAGES or stage is self._current:
            return
        if self._current is not None:
            self._steps.passed(self._praise(self._current))
        while self._steps.next != stage:
            self._steps.skipped(self._excuse(self._steps.next))
        self._current = stage

    def _praise(self, stage: Stage) -> str:
        settings = self._settings
        match stage:
            case Stage.DNS:
                return f"{both_forms(settings.host)} is known."
            case Stage.CONNECT:
                return f"{settings.host} accepts connections on port {settings.port}."
            case Stage.TLS if settings.trusted_fingerprint:
                return "Encrypted; the certificate is the trusted one."
            case Stage.TLS:
                return "Encrypted; the certificate is valid for this host."
            case Stage.AUTH:
                return f"{settings.username} is signed in."
            case _:
                return f"{stage} passed."

    def _excuse(self, stage: str) -> str:
        if stage == Stage.TLS and self._settings.encryption is Encryption.NONE:
            return "Not encrypted: the server is on this computer."
        if stage == Stage.AUTH and not self._settings.username:
            return "No user name, so no sign-in."
        return "Not needed."
