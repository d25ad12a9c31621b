"""Shifts the dates of waiting email with a clock that was set, so that it isn't sent or expired."""

# ruff: noqa: S608 - what is put together here are constants of this file

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from mailadmin.domain.topic import Topic
from mailadmin.store.base.database import Database
from mailadmin.store.base.fields import to_text

_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)

_KEY = "clock"  # the setting: the boot it was measured in, and the offset

# A date that a person gave ("not before", "expires") is meant as it is, so it is not shifted, and
# nothing that waits for it either.
_MOVED = "strftime('%Y-%m-%dT%H:%M:%f', {date}, :shift) || '+00:00'"
_WAITING = f"""UPDATE {{table}} SET
    schedule_started_at = {_MOVED.format(date="schedule_started_at")},
    next_attempt_at = max({_MOVED.format(date="next_attempt_at")}, coalesce(not_before, ''))
    WHERE next_attempt_at IS NOT NULL
        AND (not_before IS NULL OR next_attempt_at <> not_before)
        AND schedule_started_at <= :before"""
_SHIFT = (
    _WAITING.format(table="queue"),
    _WAITING.format(table="undo_row"),  # what a change can be undone to
    f"""UPDATE queue SET
        schedule_started_at = {_MOVED.format(date="schedule_started_at")},
        lease_until = {_MOVED.format(date="lease_until")}
        WHERE status = 'IN PROGRESS' AND schedule_started_at <= :before""",
    # Else what was deleted a minute ago would be removed for good, or never.
    f"""UPDATE queue SET
        deleted_at = coalesce({_MOVED.format(date="deleted_at")}, deleted_at)
        WHERE deleted_at IS NOT NULL AND deleted_at <= :before""",
    f"""UPDATE undo_step SET done_at = coalesce({_MOVED.format(date="done_at")}, done_at)
        WHERE done_at <= :before""",
    f"""UPDATE provider_health SET open_until = {_MOVED.format(date="open_until")}
        WHERE open_until IS NOT NULL""",
)
_GET = "SELECT value FROM setting WHERE key = :key"
_SET = """
    INSERT INTO setting (key, value) VALUES (:key, :value)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value"""


class Clock:
    """What the store knows of this computer's clock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def adjust(
        self, boot_id: str, offset: float, threshold: float, *, now: datetime | None = None
    ) -> float:
        """Shift waiting email if the clock was set since the last call; gives by how many seconds.

        `offset` is the time of day minus the time since the boot `boot_id`, both in seconds: it
        stays the same until somebody sets the clock. Differences up to `threshold` are no setting.
        However many processes call this, email is shifted once. Email that was queued after the
        clock was set forward has dates of the new time already and is not shifted.
        """
        known = self._known(boot_id)
        if known is not None and abs(offset - known) <= threshold:
            return 0.0
        with self._database.write():
            known = self._known(boot_id)
            moved = 0.0 if known is None else offset - known
            if known is not None and abs(moved) <= threshold:
                return 0.0
            value = json.dumps({"boot": boot_id, "offset": offset})
            self._database.sql(_SET, {"key": _KEY, "value": value})
            if moved:
                self._shift(moved, now or datetime.now(UTC))
        return moved

    def _shift(self, seconds: float, now: datetime) -> None:
        # Set back, the clock gives new mail earlier times than old mail: there is no telling.
        since = now - timedelta(seconds=seconds) if seconds > 0 else _END_OF_TIME
        bindings = {"shift": f"{seconds:+.3f} seconds", "before": to_text(since)}
        with self._database.write(Topic.QUEUE, Topic.PROVIDERS):
            for statement in _SHIFT:
                self._database.sql(statement, bindings)

    def _known(self, boot_id: str) -> float | None:
        """The offset that was measured in this boot, None if there is none."""
        found = self._database.sql(_GET, {"key": _KEY})
        known = json.loads(found[0][0]) if found else {}
        return float(known["offset"]) if known.get("boot") == boot_id else None
