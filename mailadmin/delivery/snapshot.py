"""The sender's state in one value, made of its queues and the queue's numbers: a pure function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from mailadmin.delivery.provider_queue import ProviderQueue
from mailadmin.delivery.state import Activity, Condition, ProviderCondition, SenderState
from mailadmin.domain.queue import QueueSummary

_HEALTHY = frozenset({Condition.READY, Condition.LIMITED, Condition.PROBING})

# When mail is due and no provider can take it: what to say of it, the most telling first.
_OBSTACLES = {
    Condition.LIMITED: Activity.LIMITED,
    Condition.OFFLINE: Activity.OFFLINE,
    Condition.RESTING: Activity.RESTING,
    Condition.PASSWORD_NEEDED: Activity.PASSWORD_NEEDED,
    Condition.PAUSED: Activity.PROVIDER_PAUSED,
    Condition.UNUSABLE: Activity.PROVIDER_PAUSED,
}


def snapshot(
    queues: Iterable[ProviderQueue],
    summary: QueueSummary,
    *,
    sending: int,
    per_minute: int,
    paused: bool,
    now: datetime,
) -> SenderState:
    """What the status bar says, and why nothing is sent if nothing is."""
    conditions = {queue.provider_id: queue.availability.condition(now) for queue in queues}
    enabled = [queue for queue in queues if queue.provider.enabled]
    activity, obstacle = _activity(
        enabled, conditions, summary, sending=sending, paused=paused, now=now
    )
    concerned = [
        queue
        for queue in enabled
        if obstacle is not None and conditions[queue.provider_id].condition is obstacle
    ]
    until = summary.next_due if activity is Activity.WAITING else None
    if activity in {Activity.LIMITED, Activity.RESTING}:
        ends = (conditions[queue.provider_id].until for queue in concerned)
        until = min((end for end in ends if end is not None), default=None)
    return SenderState(
        activity,
        sending=sending,
        total=summary.total,
        per_minute=per_minute,
        until=until,
        providers=tuple(queue.provider for queue in concerned),
        conditions=conditions,
        healthy_providers=sum(one.condition in _HEALTHY for one in conditions.values()),
    )


def _activity(
    enabled: Sequence[ProviderQueue],
    conditions: dict[int, ProviderCondition],
    summary: QueueSummary,
    *,
    sending: int,
    paused: bool,
    now: datetime,
) -> tuple[Activity, Condition | None]:
    """The activity, and the condition of the providers that explains it."""
    if paused:
        return Activity.PAUSED, None
    if sending:
        return Activity.SENDING, None
    if not enabled:
        return Activity.NO_PROVIDER, None
    there = {conditions[queue.provider_id].condition for queue in enabled}
    # A provider whose password is being looked up is about to be ready.
    open_to_mail = there & {Condition.READY, Condition.PROBING}
    if not open_to_mail:
        # What waits for the administrator is told even if nothing is due.
        lasting = there <= {Condition.PASSWORD_NEEDED, Condition.PAUSED, Condition.UNUSABLE}
        due = summary.next_due is not None and summary.next_due <= now
        limited = summary.next_due is not None and Condition.LIMITED in there
        if lasting or due or limited:
            for condition, activity in _OBSTACLES.items():
                if condition in there:
                    return activity, condition
    if summary.next_due is None:
        return Activity.IDLE, None
    return (Activity.SENDING if summary.next_due <= now else Activity.WAITING), None
