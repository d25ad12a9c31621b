"""Provider queues to look at, and the context they share."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from mailadmin.credentials import CredentialState, Lookup, MemoryCredentials, Secret
from mailadmin.delivery.context import DeliveryContext
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.provider_queue import ProviderQueue
from mailadmin.delivery.state import AttemptEnded, Notice
from mailadmin.domain.provider import Provider, ProviderPause, StoredProvider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.smtp_providers import stored_provider

NOW = datetime.now(UTC)
FOUND = Lookup(CredentialState.STORED, Secret("x"), "keyring")
MISSING = Lookup(CredentialState.MISSING, None, "keyring", "Enter the password.")
PAUSE = ProviderPause("535 5.7.8 bad", NOW)


class Answers(MemoryCredentials):
    """Credentials that answer as they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = FOUND

    def look_up(self, provider: Provider, *, interactive: bool = False) -> Lookup:
        del provider, interactive
        return self.answer


class Context(DeliveryContext):
    """The context of a sender that does nothing by itself, and what is told through it."""

    def __init__(
        self,
        store: Store,
        options: DeliveryOptions | None = None,
    ) -> None:
        self.notices_told: list[Notice] = []
        self.ended: list[AttemptEnded] = []
        self.answers = Answers()
        super().__init__(
            store,
            self.answers,
            standard_drivers(),
            options or DeliveryOptions(),
            jitter=lambda: 0.5,
            on_notice=self.notices_told.append,
            on_ended=self.ended.extend,
        )


def provider(
    number: int = 1, *, username: str = "", pause: ProviderPause | None = None
) -> StoredProvider:
    return stored_provider(
        f"Relay {number}",
        "smtp.example.org",
        587,
        "office@example.org",
        username=username,
        pause=pause,
        id=number,
    )


def with_lookup(queue: ProviderQueue, context: Context, answer: Lookup) -> ProviderQueue:
    """`queue` after its password was looked up with this answer."""

    async def look_up() -> None:
        context.answers.answer = answer
        password = queue.availability.password
        password.forget()
        password.look_up(queue.provider)
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
        assert not password.asking

    asyncio.run(look_up())
    return queue
