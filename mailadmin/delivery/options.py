"""How the sender behaves; the defaults are the product's promises."""

from __future__ import annotations

from dataclasses import dataclass

from mailadmin.preferences import Preferences


@dataclass(frozen=True, slots=True)
class DeliveryOptions(Preferences):
    """What the administrator prefers, and what no preference is about. Durations are seconds."""

    lease: float = 120.0  # how long a claim lives unless it is renewed
    poll: float = 1.0  # how soon mail that another process queued is noticed
    recover_every: float = 10.0  # how often claims of dead senders are looked for
    idle: float = 15.0  # how long an unused connection is kept
    slow_domain: float = 5.0  # how long a transaction may take before its domain is held to less
    stop_grace: float = 1.0  # how long mail in flight may take to finish once `stop` was called
    busy_wait: float = 0.03  # how long the event loop may stand still for another writer
    storage_wait: float = 2.0  # how long another writer is waited for before that is trouble
    storage_pause: float = 5.0  # how long to wait before a failing database is tried again
    storage_patience: float = 60.0  # how long a run that is to end bears with such a database
    offline_rest: float = 15.0  # how long a provider is left alone without a network
    ask_again: float = 30.0  # how often a password that can't be had is asked for once more
