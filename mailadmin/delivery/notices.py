"""One notice per incident, however many messages it concerns."""

from __future__ import annotations

from collections.abc import Callable

from mailadmin.credentials import CredentialState, Lookup
from mailadmin.delivery.state import Notice, NoticeKind
from mailadmin.domain.health import Breaker
from mailadmin.domain.provider import StoredProvider


class Notices:
    """Remembers what was told, until the incident is over."""

    def __init__(self, tell: Callable[[Notice], None]) -> None:
        self._tell = tell
        self._told: set[tuple[NoticeKind, int]] = set()

    def looked_up(self, provider: StoredProvider, lookup: Lookup) -> None:
        """A password was looked up."""
        if lookup.state is CredentialState.STORED:
            self._over(NoticeKind.PASSWORD_NEEDED, provider)
        else:
            self._note(NoticeKind.PASSWORD_NEEDED, provider, lookup.detail)

    def paused(self, provider: StoredProvider, reason: str) -> None:
        """A provider was paused for what it answered."""
        self._note(NoticeKind.PROVIDER_PAUSED, provider, reason)

    def resting(self, provider: StoredProvider, reason: str) -> None:
        """A provider's breaker opened."""
        self._note(NoticeKind.PROVIDER_RESTING, provider, reason)

    def needs_decision(self, provider: StoredProvider, reason: str) -> None:
        """Email of unknown outcome is held."""
        self._note(NoticeKind.NEEDS_DECISION, provider, reason)

    def update(self, provider: StoredProvider, breaker: Breaker, *, undecided: bool) -> None:
        """Note which incidents of a provider are over.

        `undecided` says that there is email that is held, of whichever provider.
        """
        if provider.pause is None:
            self._over(NoticeKind.PROVIDER_PAUSED, provider)
        if breaker.open_until is None:
            self._over(NoticeKind.PROVIDER_RESTING, provider)
        if not undecided:
            self._over(NoticeKind.NEEDS_DECISION, provider)

    def _note(self, kind: NoticeKind, provider: StoredProvider, text: str) -> None:
        incident = (kind, provider.id)
        if incident not in self._told:
            self._told.add(incident)
            self._tell(Notice(kind, provider, text))

    def _over(self, kind: NoticeKind, provider: StoredProvider) -> None:
        self._told.discard((kind, provider.id))
