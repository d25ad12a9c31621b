"""The driver of providers that this version of the program can't send through."""

from __future__ import annotations

from enum import StrEnum

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, KnownError
from mailadmin.domain.outcome import Outcome, OutcomeKind, Scope
from mailadmin.domain.provider import UnknownSettings
from mailadmin.drivers.driver import Driver
from mailadmin.drivers.probing import OnStep, ProbeResult, Steps
from mailadmin.drivers.session import DriverFailure, Session
from mailadmin.drivers.transcript import Revealable, Transcript


class Stage(StrEnum):
    """All that a test of such a provider has."""

    DRIVER = "driver"


class NoDriver(DriverFailure):
    """There is nothing to send with."""

    @property
    def outcome(self) -> Outcome:
        """The provider's fault."""
        return Outcome(OutcomeKind.PROVIDER_FAULT, Stage.DRIVER, str(self), scope=Scope.PROVIDER)


class UnknownDriver(Driver[UnknownSettings]):
    """Says why it can't send. `known`: it is the settings that can't be read, not their driver."""

    settings = UnknownSettings
    summary = "can't send"
    fields = ()
    stages = (Stage.DRIVER,)

    def __init__(self, *, known: bool) -> None:
        self._known = known

    def unusable(self, settings: UnknownSettings) -> KnownError:
        """Why, with what to do."""
        if self._known:
            return KnownError(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "The settings of this provider are not such that the driver “{driver}” of this "
                    "version of Mail Admin understands them. Nothing is sent through it: update "
                    "Mail Admin, or delete the provider and add it anew.",
                ),
                driver=settings.name,
            )
        return KnownError(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "This version of Mail Admin has no driver “{driver}”. Nothing is sent through this "
                "provider: update Mail Admin, or delete the provider.",
            ),
            driver=settings.name,
        )

    async def open(
        self, settings: UnknownSettings, secret: Revealable | None, *, cautious: bool
    ) -> Session:
        """Raises `NoDriver`."""
        del secret, cautious
        raise NoDriver(str(self.unusable(settings)))

    async def probe(
        self,
        settings: UnknownSettings,
        send_from: str,
        secret: Revealable | None,
        *,
        on_step: OnStep | None = None,
        transcript: Transcript | None = None,
    ) -> ProbeResult:
        """Its one stage fails."""
        del send_from, secret, transcript
        failure = NoDriver(str(self.unusable(settings)))
        steps = Steps(self.stages, on_step)
        steps.failed(str(failure))
        return steps.result(failure)
