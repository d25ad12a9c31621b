"""Test connection: the sender's own code, stage by stage, without sending anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mailadmin.domain.domain_names import both_forms
from mailadmin.domain.outcome import Stage
from mailadmin.domain.provider import Encryption, Provider
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.session import SmtpSession
from mailadmin.drivers.smtp.timeouts import PROBE, Timeouts
from mailadmin.drivers.smtp.transcript import Revealable, Transcript
from mailadmin.policy import one_line

PROBE_STAGES = (Stage.DNS, Stage.CONNECT, Stage.TLS, Stage.AUTH, Stage.MAIL)
"""The steps of a test, in the order in which they are shown."""


class StepState(StrEnum):
    """How a step of the test ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One step of the test and its result."""

    stage: Stage  # one of PROBE_STAGES
    state: StepState
    sentence: str  # what was found, or why it was skipped
    duration: float = 0.0  # seconds


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The whole test: every step of PROBE_STAGES in that order."""

    steps: tuple[ProbeStep, ...]
    failure: SmtpFailure | None = None

    @property
    def passed(self) -> bool:
        """Whether mail can be sent with these settings, as far as a test can tell."""
        return self.failure is None

    @property
    def failed_step(self) -> ProbeStep | None:
        """The step that failed."""
        return next((step for step in self.steps if step.state is StepState.FAILED), None)


async def probe(
    provider: Provider,
    secret: Revealable | None,
    *,
    timeouts: Timeouts = PROBE,
    on_step: Callable[[ProbeStep], None] | None = None,
    transcript: Transcript | None = None,
) -> ProbeResult:
    """Test `provider` as the sender would use it, up to MAIL FROM; then RSET and QUIT.

    `on_step` is called with each step as it ends. What a server or the network does is in the
    result, never raised. Cancelling it drops the connection at once.
    """
    steps = _Steps(provider, on_step)
    try:
        session = await SmtpSession.open(
            provider, secret, timeouts=timeouts, transcript=transcript, on_stage=steps.enter
        )
        try:
            reply = await session.check_sender(provider.send_from)
            steps.passed(f"{provider.send_from} may send: {one_line(reply)}")
        finally:
            await session.close()
    except SmtpFailure as failure:
        steps.failed(failure)
        return ProbeResult(tuple(steps.done), failure)
    return ProbeResult(tuple(steps.done))


class _Steps:
    """Turns the stages of the session into the steps of the test.

    The greeting and EHLO belong to the step they follow: TCP, or TLS when that comes first.
    """

    def __init__(self, provider: Provider, on_step: Callable[[ProbeStep], None] | None) -> None:
        self._provider = provider
        self._on_step = on_step
        self._current: Stage | None = None
        self._began = time.monotonic()
        self.done: list[ProbeStep] = []

    def enter(self, stage: Stage) -> None:
        """A stage of the session begins, so the step before it is over."""
        if stage not in PROBE_STAGES or stage is self._current:
            return
        if self._current is not None:
            self._end(StepState.PASSED, self._praise(self._current))
        self._skip_to(stage)
        self._current = stage

    def passed(self, sentence: str) -> None:
        """The current step, and with it the test, is over."""
        self._end(StepState.PASSED, sentence)

    def failed(self, failure: SmtpFailure) -> None:
        """The current step failed; those behind it are not reached."""
        failed_at = self._current or Stage.DNS
        self._end(StepState.FAILED, failure.detail)
        for stage in PROBE_STAGES[PROBE_STAGES.index(failed_at) + 1 :]:
            self._add(ProbeStep(stage, StepState.SKIPPED, f"Not reached: {failed_at} failed."))

    def _skip_to(self, stage: Stage) -> None:
        for skipped in PROBE_STAGES[len(self.done) : PROBE_STAGES.index(stage)]:
            self._add(ProbeStep(skipped, StepState.SKIPPED, self._excuse(skipped)))

    def _end(self, state: StepState, sentence: str) -> None:
        now = time.monotonic()
        self._add(ProbeStep(self._current or Stage.DNS, state, sentence, now - self._began))
        self._began = now
        self._current = None

    def _add(self, step: ProbeStep) -> None:
        self.done.append(step)
        if self._on_step is not None:
            self._on_step(step)

    def _praise(self, stage: Stage) -> str:
        provider = self._provider
        match stage:
            case Stage.DNS:
                return f"{both_forms(provider.host)} is known."
            case Stage.CONNECT:
                return f"{provider.host} accepts connections on port {provider.port}."
            case Stage.TLS if provider.trusted_fingerprint:
                return "Encrypted; the certificate is the trusted one."
            case Stage.TLS:
                return "Encrypted; the certificate is valid for this host."
            case Stage.AUTH:
                return f"{provider.username} is signed in."
            case _:
                return f"{stage} passed."

    def _excuse(self, stage: Stage) -> str:
        if stage is Stage.TLS and self._provider.encryption is Encryption.NONE:
            return "Not encrypted: the server is on this computer."
        if stage is Stage.AUTH and not self._provider.username:
            return "No user name, so no sign-in."
        return "Not needed."
