"""The connection test of a provider: its steps, and how each of them ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailadmin.drivers.session import DriverFailure


class StepState(StrEnum):
    """How a step of the test ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One step of the test and its result."""

    stage: str  # one of the driver's stages
    state: StepState
    sentence: str  # what was found, or why it was skipped
    duration: float = 0.0  # seconds


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The whole test: a step for each of the driver's stages, in their order."""

    steps: tuple[ProbeStep, ...]
    failure: DriverFailure | None = None

    @property
    def passed(self) -> bool:
        """Whether mail can be sent with these settings, as far as a test can tell."""
        return self.failed_step is None

    @property
    def failed_step(self) -> ProbeStep | None:
        """The step that failed."""
        return next((step for step in self.steps if step.state is StepState.FAILED), None)


OnStep = Callable[[ProbeStep], None]


class Steps:
    """Notes the steps of a test in their order; `on_step` is called with each as it ends."""

    def __init__(self, stages: Sequence[str], on_step: OnStep | None = None) -> None:
        self._stages = stages
        self._on_step = on_step
        self._began = time.monotonic()
        self.done: list[ProbeStep] = []

    @property
    def next(self) -> str:
        """The stage that has not ended yet."""
        return self._stages[len(self.done)]

    def passed(self, sentence: str) -> None:
        """The next stage ended well."""
        self._end(StepState.PASSED, sentence)

    def skipped(self, sentence: str) -> None:
        """The next stage is not needed."""
        self._add(ProbeStep(self.next, StepState.SKIPPED, sentence))

    def failed(self, sentence: str) -> None:
        """The next stage failed; those behind it are not reached."""
        stage = self.next
        self._end(StepState.FAILED, sentence)
        while len(self.done) < len(self._stages):
            self.skipped(f"Not reached: {stage} failed.")

    def result(self, failure: DriverFailure | None = None) -> ProbeResult:
        """The test, once every stage has ended."""
        return ProbeResult(tuple(self.done), failure)

    def _end(self, state: StepState, sentence: str) -> None:
        now = time.monotonic()
        self._add(ProbeStep(self.next, state, sentence, now - self._began))
        self._began = now

    def _add(self, step: ProbeStep) -> None:
        self.done.append(step)
        if self._on_step is not None:
            self._on_step(step)
