"""The queues of all providers, for whoever has to look beyond one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailadmin.delivery.provider_queue import ProviderQueue
from mailadmin.domain.claim import Claim


class ProviderQueues:
    """The queues of today's providers; and those of earlier ones while they finish their work."""

    def __init__(self) -> None:
        self._current: dict[int, ProviderQueue] = {}
        self._retired: list[ProviderQueue] = []

    def __iter__(self) -> Iterator[ProviderQueue]:
        """Those of today's providers."""
        return iter(list(self._current.values()))

    def of(self, provider_id: int) -> ProviderQueue | None:
        """That of one of today's providers."""
        return self._current.get(provider_id)

    @property
    def all(self) -> list[ProviderQueue]:
        """Also those whose last connections are still at work."""
        return [*self._current.values(), *self._retired]

    @property
    def busy(self) -> bool:
        """Whether anything is being sent, claimed or looked up."""
        return any(queue.busy for queue in self.all)

    @property
    def usable(self) -> list[ProviderQueue]:
        """Those for which mail can be claimed now."""
        return [queue for queue in self._current.values() if queue.usable]

    def replace(self, current: Mapping[int, ProviderQueue]) -> None:
        """Make these the queues of today's providers, by ID; others are closed."""
        for provider_id, queue in self._current.items():
            if current.get(provider_id) is not queue:
                queue.close()
                self._retired.append(queue)
        self._current = dict(current)
        self._retired = [queue for queue in self._retired if queue.busy]

    def has_another_for(self, claim: Claim, tried: int) -> bool:
        """Whether another provider than `tried` may have the email of `claim` now."""
        return not claim.bound and any(
            queue.provider_id != tried and queue.provider_id not in claim.avoid
            for queue in self.usable
        )
