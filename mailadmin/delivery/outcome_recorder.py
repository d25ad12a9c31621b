"""From the outcomes of a transaction to what becomes of the emails, and to the record of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from mailadmin.delivery.batch import Batch
from mailadmin.delivery.context import DeliveryContext
from mailadmin.delivery.disposition import dispose
from mailadmin.delivery.provider_queues import ProviderQueues
from mailadmin.delivery.state import AttemptEnded
from mailadmin.domain.claim import Claim, Disposition, Recording
from mailadmin.domain.outcome import Outcome, OutcomeKind, Scope
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.store.claims.claims import repeated


class OutcomeRecorder:
    """Has outcomes committed, and tells of them once they are durable.

    `queues` say whether another provider may have what one of them failed.
    """

    def __init__(self, context: DeliveryContext, queues: ProviderQueues) -> None:
        self._context = context
        self._queues = queues

    def record(
        self, provider: StoredProvider, batch: Batch, outcomes: Mapping[str, Outcome]
    ) -> None:
        """Record what came of recipients of `batch` that `provider` tried."""
        context, now, tried = self._context, datetime.now(UTC), provider.id
        recordings = []
        for name, outcome in outcomes.items():
            claim = batch.claims[name]
            disposition = dispose(
                claim,
                outcome,
                context.options,
                now,
                context.jitter,
                elsewhere=outcome.scope is Scope.PROVIDER
                and self._queues.has_another_for(claim, tried),
                provider_id=tried,
            )
            recordings.append(Recording(claim, outcome, disposition))
        self._commit(provider, recordings)

    def leave(
        self,
        provider: StoredProvider,
        batch: Batch,
        outcome: Outcome,
        status: QueueStatus = QueueStatus.HELD,
    ) -> None:
        """Leave the email to the administrator, held or failed, no attempt used."""
        left = Disposition(status, None, outcome.reason, uses_attempt=False)
        self._commit(provider, [Recording(one, outcome, left) for one in batch.claims.values()])

    def repeat(self, provider: StoredProvider, claims: Sequence[Claim]) -> None:
        """Have attempts that were broken off made once more by the same provider."""
        now = datetime.now(UTC)
        self._commit(provider, [repeated(claim, now) for claim in claims])

    def _commit(self, provider: StoredProvider, recordings: Sequence[Recording]) -> None:
        def recorded(live: frozenset[int]) -> None:
            self._tell(
                [
                    AttemptEnded(
                        provider,
                        one.claim,
                        one.outcome,
                        one.disposition if one.claim.attempt_id in live else None,
                    )
                    for one in recordings
                ]
            )

        self._context.commit.record(recordings, recorded)

    def _tell(self, attempts: Sequence[AttemptEnded]) -> None:
        context = self._context
        for attempt in attempts:
            kind, disposition = attempt.outcome.kind, attempt.disposition
            if kind is OutcomeKind.ACCEPTED:
                context.traffic.accepted()
            if disposition is None:
                continue
            if kind is OutcomeKind.UNCERTAIN and disposition.status is QueueStatus.HELD:
                context.notices.needs_decision(attempt.provider, disposition.reason)
            if disposition.avoid or disposition.bind_provider:
                context.agenda.look_again()  # another provider may have it now
        context.on_ended(attempts)
