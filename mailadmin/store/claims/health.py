"""How each provider has been doing: its breaker, last success and failure, use of its limits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from mailadmin.domain.health import Breaker, ProviderHealth
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.topic import Topic
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text
from mailadmin.store.claims.limits import Limits
from mailadmin.store.providers import Providers

_ROWS = """
    SELECT provider_id, failures, open_until, rest, last_success_at, last_failure_at, last_failure
    FROM provider_health WHERE provider_id IN (SELECT value FROM json_each(:ids))"""

_BREAKERS = "SELECT provider_id, failures, open_until, rest FROM provider_health"

_SENT = """
    SELECT count(*) FROM attempt INDEXED BY attempt_accountable
    WHERE point_of_no_return_at IS NOT NULL AND finished_at IS NOT NULL
        AND provider_id = :provider AND finished_at >= :since AND finished_at < :until
        AND outcome = 'accepted'"""
_SETTLED = timedelta(minutes=1)  # after which no attempt is added to a time that is past
_FOR_EVER = datetime.max.replace(tzinfo=UTC)

_OPEN_UNTIL = "SELECT open_until FROM provider_health WHERE provider_id = :provider"

# Of a provider that was deleted meanwhile nothing is kept.
_SAVE_BREAKER = """
    INSERT INTO provider_health (provider_id, failures, open_until, rest)
    SELECT id, :failures, :open_until, :rest FROM provider WHERE id = :provider
    ON CONFLICT (provider_id) DO UPDATE SET
        failures = excluded.failures, open_until = excluded.open_until, rest = excluded.rest"""
_SUCCESS = """
    INSERT INTO provider_health (provider_id, last_success_at)
    SELECT id, :at FROM provider WHERE id = :provider
    ON CONFLICT (provider_id) DO UPDATE SET last_success_at = excluded.last_success_at"""
_FAILURE = """
    INSERT INTO provider_health (provider_id, last_failure_at, last_failure)
    SELECT id, :at, :reason FROM provider WHERE id = :provider
    ON CONFLICT (provider_id) DO UPDATE SET
        last_failure_at = excluded.last_failure_at, last_failure = excluded.last_failure"""


class Health:
    """Repository of the providers' health. What it changes joins the caller's transaction."""

    def __init__(self, database: Database, providers: Providers, limits: Limits) -> None:
        self._database = database
        self._providers = providers
        self._limits = limits
        # By provider and midnight: what was accepted until when.
        self._counted: dict[tuple[int | None, datetime], tuple[datetime, int]] = {}

    def get(
        self,
        provider_ids: Sequence[int],
        *,
        midnight: datetime | None = None,
        now: datetime | None = None,
    ) -> dict[int, ProviderHealth]:
        """The health of these providers; those that don't exist any more are left out.

        `midnight` is when today began where the user is (None: by this computer's clock): sent
        today is what was accepted since.
        """
        now = now or datetime.now(UTC)
        if midnight is None:
            midnight = datetime.combine(datetime.now().astimezone().date(), time()).astimezone()
        rows = {
            row[0]: row
            for row in self._database.sql(_ROWS, {"ids": json.dumps(list(provider_ids))})
        }
        wanted = set(provider_ids)
        return {
            provider.id: self._health(provider, rows.get(provider.id), midnight, now)
            for provider in self._providers.list()
            if provider.id in wanted
        }

    def _health(
        self, provider: StoredProvider, row: Any, midnight: datetime, now: datetime
    ) -> ProviderHealth:
        _, failures, open_until, rest, success, failure, reason = row or _NOTHING_YET
        return ProviderHealth(
            provider_id=provider.id,
            breaker=Breaker(failures, _date(open_until), rest),
            last_success_at=_date(success),
            last_failure_at=_date(failure),
            last_failure=reason,
            sent_today=self._sent(provider.id, midnight, now),
            limits=self._limits.use(provider, now),
        )

    def _sent(self, provider_id: int | None, midnight: datetime, now: datetime) -> int:
        """How many were accepted since `midnight`; attempts that are long over are counted once."""
        settled, sent = self._counted.get((provider_id, midnight), (midnight, 0))
        until = max(settled, now - _SETTLED)
        sent += self._count(provider_id, settled, until)
        self._counted[provider_id, midnight] = (until, sent)
        return sent + self._count(provider_id, until, _FOR_EVER)

    def _count(self, provider_id: int | None, since: datetime, until: datetime) -> int:
        window = {"provider": provider_id, "since": to_text(since), "until": to_text(until)}
        return int(self._database.sql(_SENT, window)[0][0])

    def breakers(self) -> dict[int, Breaker]:
        """The breakers of all providers through which anything was sent."""
        return {
            row[0]: Breaker(row[1], _date(row[2]), row[3]) for row in self._database.sql(_BREAKERS)
        }

    def save_breaker(self, provider_id: int, breaker: Breaker) -> None:
        """Keep a breaker; views hear of it only when it opens or closes."""
        until = None if breaker.open_until is None else to_text(breaker.open_until)
        with self._database.write():
            before = self._database.sql(_OPEN_UNTIL, {"provider": provider_id})
            self._database.sql(
                _SAVE_BREAKER,
                {
                    "provider": provider_id,
                    "failures": breaker.failures,
                    "open_until": until,
                    "rest": breaker.rest,
                },
            )
            if (before[0][0] if before else None) != until:
                with self._database.write(Topic.PROVIDERS):
                    pass  # said when the transaction is committed

    def note_success(self, provider_id: int, when: datetime) -> None:
        """Keep when the provider last accepted a message."""
        with self._database.write():
            self._database.sql(_SUCCESS, {"provider": provider_id, "at": to_text(when)})

    def note_failure(self, provider_id: int, when: datetime, reason: str) -> None:
        """Keep when and why the provider last failed."""
        with self._database.write():
            self._database.sql(
                _FAILURE, {"provider": provider_id, "at": to_text(when), "reason": reason}
            )


_NOTHING_YET = (None, 0, None, 0.0, None, None, "")


def _date(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
