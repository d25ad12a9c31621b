"""Mail that a sender has claimed, and scenarios in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from mailadmin.delivery.batch import Batch
from mailadmin.domain.claim import Claim, ClaimRequest
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import StoredProvider
from tests.delivery.provider_queues import Context


def claimed(context: Context, provider: StoredProvider, *messages: NewMessage) -> tuple[Claim, ...]:
    """Queue `messages`, and claim all that is due for `provider`."""
    store = context.store
    store.queue.enqueue(list(messages))
    request = ClaimRequest(provider, 1000)
    return store.claims.claim(context.owner, request, lease=60).claims


def batch_of(claim: Claim, content: bytes = b"Subject: x\r\n\r\n") -> Batch:
    return Batch({claim.recipient: claim}, content)


def run(scenario: Coroutine[object, object, None]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(60):
            await scenario

    asyncio.run(in_time())


async def until_quiet() -> None:
    """Let everything run that can run without waiting."""
    for _ in range(10):
        await asyncio.sleep(0)
