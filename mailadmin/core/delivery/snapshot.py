"""The sender's state in one value, made of its lanes and the queue's numbers: a pure function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mailadmin.core.delivery.lane import Lane
from mailadmin.core.delivery.state import Activity, SenderState
from mailadmin.core.domain import Provider, QueueSummary


def snapshot(
    lanes: Sequence[Lane],
    summary: QueueSummary,
    *,
    sending: int,
    per_minute: int,
    paused: bool,
    now: datetime,
) -> SenderState:
    """What the status bar says, and why nothing is sent if nothing is."""
    enabled = [lane for lane in lanes if lane.provider.enabled]
    without = [lane for lane in enabled if lane.password_problem]
    providers: tuple[Provider, ...] = ()
    if paused:
        activity = Activity.PAUSED
    elif sending:
        activity = Activity.SENDING
    elif not enabled:
        activity = Activity.NO_PROVIDER
    elif not any(lane.usable or lane.needs_lookup or lane.looking_up for lane in enabled):
        activity = Activity.PASSWORD_NEEDED if without else Activity.PROVIDER_PAUSED
        providers = tuple(lane.provider for lane in without or enabled)
    elif summary.next_due is None:
        activity = Activity.IDLE
    elif summary.next_due <= now:
        activity = Activity.SENDING
    else:
        activity = Activity.WAITING
    return SenderState(
        activity,
        sending=sending,
        total=summary.total,
        per_minute=per_minute,
        until=summary.next_due if activity is Activity.WAITING else None,
        providers=providers,
        healthy_providers=sum(lane.usable for lane in lanes),
        needs_password={lane.provider.id or 0: lane.password_problem for lane in without},
    )
