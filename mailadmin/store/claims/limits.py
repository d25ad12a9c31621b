"""How much a provider's limits let through: exact, over all processes and restarts.

A message counts from its claim until `seconds` after its attempt ended, if it passed the point of
no return. So whenever one is let through, at most `count` can have reached the server during the
`seconds` before, whichever of the moments between claim and end was the one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailadmin.domain.health import LimitUse
from mailadmin.domain.provider import Limit, StoredProvider
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text

IN_FLIGHT_WAIT = timedelta(seconds=0.1)  # until what is in flight may have made room
_TICK = timedelta(milliseconds=1)  # dates are stored in milliseconds, cut off

_OPEN = """
    SELECT count(*) FROM queue AS q INDEXED BY queue_status
        CROSS JOIN attempt AS a ON a.id = q.attempt_id
    WHERE q.status = 'IN PROGRESS' AND q.deleted_at IS NULL
        AND a.provider_id = :provider AND a.finished_at IS NULL"""

# What lies further in the future than the window is long was dated by a clock that was wrong.
_ENDED = """
    FROM attempt INDEXED BY attempt_accountable
    WHERE point_of_no_return_at IS NOT NULL AND finished_at IS NOT NULL
        AND provider_id = :provider AND finished_at >= :since AND finished_at < :until"""
_COUNT = f"SELECT count(*) {_ENDED}"
_OLDEST = f"SELECT finished_at {_ENDED} ORDER BY finished_at LIMIT 1 OFFSET :skip"


_NEWEST = "SELECT coalesce(max(id), 0) FROM attempt"


@dataclass(frozen=True, slots=True)
class _Room:
    """The room that was counted, the newest attempt then, and how many writes had failed then."""

    room: int
    at: datetime
    newest: int
    undone: int


class Limits:
    """Counts what a provider's limits have seen.

    While there is plenty of room, attempts are not counted for each claim, because that would read
    a day of them. Instead each attempt since the last count, by any sender, takes one from it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[int | None, tuple[Limit, ...]], _Room] = {}

    def room(self, provider: StoredProvider, wanted: int, now: datetime) -> int:
        """How many of `wanted` more messages all limits let through now."""
        key = (provider.id, provider.limits)
        newest, undone = self._database.sql(_NEWEST)[0][0], self._database.undone
        known = self._known.get(key)
        if known is not None and known.undone == undone and known.at <= now:
            left = known.room - (newest - known.newest)
            if left >= wanted:
                return wanted
        in_flight = self._open(provider)
        room = min(
            limit.count - in_flight - self._ended(provider, limit, now) for limit in provider.limits
        )
        self._known[key] = _Room(room, now, newest, undone)
        return max(min(room, wanted), 0)

    def free_at(self, provider: StoredProvider, now: datetime) -> datetime | None:
        """When the next message is let through; None if that is now."""
        blocking = self.blocking(provider, now)
        return None if blocking is None else blocking.free_at

    def blocking(self, provider: StoredProvider, now: datetime) -> LimitUse | None:
        """The limit that lets the next message through last; None if all have room."""
        full = [(use.free_at, use) for use in self.use(provider, now) if use.free_at is not None]
        return max(full, key=lambda one: one[0])[1] if full else None

    def use(self, provider: StoredProvider, now: datetime) -> tuple[LimitUse, ...]:
        """How much of each limit is used now."""
        in_flight = self._open(provider) if provider.limits else 0
        return tuple(self._use(provider, limit, in_flight, now) for limit in provider.limits)

    def _use(
        self, provider: StoredProvider, limit: Limit, in_flight: int, now: datetime
    ) -> LimitUse:
        used = in_flight + self._ended(provider, limit, now)
        if used < limit.count:
            return LimitUse(limit, used)
        window = self._window(provider, limit, now) | {"skip": used - limit.count}
        # With all of it in flight there is nothing to wait for but that one of them ends.
        ended = self._database.sql(_OLDEST, window)
        if in_flight >= limit.count or not ended:
            return LimitUse(limit, used, now + IN_FLIGHT_WAIT)
        leaves = datetime.fromisoformat(ended[0][0]) + timedelta(seconds=limit.seconds) + _TICK
        return LimitUse(limit, used, leaves)

    def _open(self, provider: StoredProvider) -> int:
        return int(self._database.sql(_OPEN, {"provider": provider.id})[0][0])

    def _ended(self, provider: StoredProvider, limit: Limit, now: datetime) -> int:
        return int(self._database.sql(_COUNT, self._window(provider, limit, now))[0][0])

    @staticmethod
    def _window(provider: StoredProvider, limit: Limit, now: datetime) -> dict[str, object]:
        length = timedelta(seconds=limit.seconds)
        return {
            "provider": provider.id,
            "since": to_text(now - length),
            "until": to_text(now + length),
        }
