"""What a driver is asked. Each is a subclass in a module of its own, and a line in `registry`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from mailadmin.domain.errors import InvalidInput, KnownError
from mailadmin.domain.provider import DriverSettings
from mailadmin.drivers.fields import Field
from mailadmin.drivers.probing import OnStep, ProbeResult
from mailadmin.drivers.session import Session
from mailadmin.drivers.transcript import Revealable, Transcript

S = TypeVar("S", bound=DriverSettings)


class Credential(StrEnum):
    """What a driver signs in with."""

    PASSWORD = "password"  # kept in the keyring under the provider's uid


class Driver(ABC, Generic[S]):
    """How one kind of service is spoken to. It has no state: one is made for the whole program."""

    settings: ClassVar[type[DriverSettings]]
    """The dataclass of its settings; its `driver` is the name of the driver."""

    summary: ClassVar[str]
    """What it does with mail, in a few words."""

    fields: ClassVar[tuple[Field, ...]]
    """All fields of the settings, in the order of a form."""

    stages: ClassVar[tuple[StrEnum, ...]]
    """The stages of the connection test, in their order; also words for where an attempt was."""

    credential: ClassVar[Credential | None] = None
    """What it can sign in with, None if it never does."""

    repeatable: ClassVar[bool] = False
    """Whether the same delivery, repeated through the same provider, comes to no more than one.

    An attempt of which nobody knows how it ended is then simply repeated.
    """

    @property
    def name(self) -> str:
        """How it is stored, shown and typed."""
        return self.settings.driver

    def signs_in(self, settings: S) -> bool:
        """Whether the credential is looked up before a session is opened."""
        del settings
        return False

    def unusable(self, settings: S) -> KnownError | None:
        """Why nothing can ever be sent with such settings; None if that is possible."""
        del settings
        return None

    def empty(self) -> S:
        """What a form for a new provider starts from."""
        return self.completed({field.name: "" for field in self.fields if field.required})

    def completed(self, given: Mapping[str, object], before: S | None = None) -> S:
        """Settings of the values that are given; the others are those of `before`, or defaults."""
        kept = {} if before is None else before.values()
        return self.settings(**{**kept, **given})  # type: ignore[return-value]

    def suggested_caption(self, settings: S) -> str:
        """What to call a provider that was given no caption: its first field, if it needs one."""
        first = next((field.name for field in self.fields if field.required), "")
        return str(getattr(settings, first, settings.name))

    def problem(self, settings: S, name: str) -> InvalidInput | None:
        """Why the field `name` can't be used as it is, None if it can: by its declaration."""
        (field,) = (field for field in self.fields if field.name == name)
        return field.problem(getattr(settings, name))

    @abstractmethod
    async def open(self, settings: S, secret: Revealable | None, *, cautious: bool) -> Session:
        """Open a session; raises `DriverFailure`. Cancelling it leaves nothing open.

        `cautious`: an earlier session of this provider asked for it (`Session.wants_caution`).
        """

    @abstractmethod
    async def probe(
        self,
        settings: S,
        send_from: str,
        secret: Revealable | None,
        *,
        on_step: OnStep | None = None,
        transcript: Transcript | None = None,
    ) -> ProbeResult:
        """Find out as the sender would whether mail of `send_from` can be sent, and send none.

        What the service or the system does is in the result, never raised. Cancelling it leaves
        nothing open.
        """
