"""When a deferred email is tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

RETRY_AFTER_LIMIT = 4 * 3600.0
"""Seconds: a longer wait asked for by a service is cut to this."""

_MINUTE = 60.0
_HOUR = 3600.0
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The backoff: 1, 5, 15, 30 minutes, 1 and 2 hours, then every 4 hours, for 5 days.

    All durations are seconds. `jitter` is the share by which a delay varies to either side, so
    that mail deferred together does not come back together.
    """

    delays: tuple[float, ...] = (
        1 * _MINUTE,
        5 * _MINUTE,
        15 * _MINUTE,
        30 * _MINUTE,
        1 * _HOUR,
        2 * _HOUR,
    )
    repeat: float = 4 * _HOUR
    jitter: float = 0.2
    expiry: float = 5 * _DAY

    def delay(self, attempts_used: int) -> float:
        """Seconds to wait after the `attempts_used`-th attempt, without jitter.

        With no attempt used yet (a provider's fault uses none) it is the first delay.
        """
        position = max(attempts_used, 1) - 1
        return self.delays[position] if position < len(self.delays) else self.repeat

    def next_attempt(
        self,
        attempts_used: int,
        first_queued_at: datetime,
        now: datetime,
        *,
        random: Callable[[], float],
        retry_after: float | None = None,
        last_attempt_at: datetime | None = None,
    ) -> datetime | None:
        """When to try again, or None when the time is up.

        `random` gives a number in [0, 1). `retry_after` is what the server asked for, in seconds:
        the attempt is never earlier than that (cut to 4 hours), nor earlier than the backoff says.
        The last attempt falls on the expiry itself, so that the promised days are used in full.

        `last_attempt_at` is when the attempt before this one was. If that is longer ago than two of
        the longest waits, the computer was off or its clock was set: such a time is none in which
        the email could have been sent, so it doesn't expire by it.
        """
        deadline = first_queued_at + timedelta(seconds=self.expiry)
        if now >= deadline:
            before = first_queued_at if attempts_used <= 1 else last_attempt_at
            if before is None or now - before <= 2 * timedelta(
                seconds=max(self.repeat, *self.delays, 0.0)
            ):
                return None
            deadline = datetime.max.replace(tzinfo=now.tzinfo)
        wait = self.delay(attempts_used) * (1 + self.jitter * (2 * random() - 1))
        if retry_after is not None:
            asked = min(retry_after, RETRY_AFTER_LIMIT) * (1 + self.jitter * random())
            wait = max(wait, asked)
        return min(now + timedelta(seconds=wait), deadline)
