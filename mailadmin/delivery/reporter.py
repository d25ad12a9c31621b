"""Tells how the sender is doing, whenever that changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from mailadmin.delivery.context import DeliveryContext
from mailadmin.delivery.provider_queues import ProviderQueues
from mailadmin.delivery.snapshot import snapshot
from mailadmin.delivery.state import Activity, SenderState
from mailadmin.domain.errors import StorageError
from mailadmin.domain.queue import QueueStatus

_EVERY = 0.25  # seconds


class Reporter:
    """`on_state` is called in the loop's thread with each state that differs from the last."""

    def __init__(
        self,
        context: DeliveryContext,
        queues: ProviderQueues,
        on_state: Callable[[SenderState], None],
    ) -> None:
        self._context = context
        self._queues = queues
        self._on_state = on_state
        self._state = SenderState(Activity.IDLE)
        self._trouble: StorageError | None = None

    @property
    def state(self) -> SenderState:
        """The last one."""
        return self._state

    @property
    def trouble(self) -> StorageError | None:
        """Why the database could not be read when it was last looked at; writes have theirs."""
        return self._trouble

    def note_trouble(self, trouble: StorageError | None) -> None:
        """The database was looked at: what that met, or None if it went well."""
        self._trouble = trouble

    async def report_regularly(self) -> None:
        """For as long as the sender runs."""
        while True:
            for queue in self._queues:
                queue.take_rate()
            self.report()
            await asyncio.sleep(_EVERY)

    def report(self) -> None:
        """Tell how it is now."""
        context, sending = self._context, self._context.traffic.in_flight
        trouble = context.commit.trouble or self._trouble
        if trouble is not None:
            self.tell(SenderState(Activity.STORAGE_TROUBLE, sending=sending, trouble=trouble))
            return
        with suppress(StorageError):  # the trouble is reported from where sending met it
            summary = context.store.queue.summary()
            undecided = bool(summary.counts.get(QueueStatus.HELD))
            for queue in self._queues:
                known = queue.availability
                context.notices.update(known.provider, known.breaker, undecided=undecided)
            self.tell(
                snapshot(
                    self._queues,
                    summary,
                    sending=sending,
                    per_minute=context.traffic.per_minute,
                    paused=context.pause.in_force,
                    now=datetime.now(UTC),
                )
            )

    def tell(self, state: SenderState) -> None:
        """Tell `state` unless it is the one that was told last."""
        if state != self._state:
            self._state = state
            self._on_state(state)
