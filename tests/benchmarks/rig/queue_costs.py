"""What the steps of sending cost the database, at whatever length its queue has."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import psutil

from mailadmin.credentials import MemoryCredentials
from mailadmin.delivery.deliverer import Deliverer
from mailadmin.delivery.owner import is_gone, owner_name
from mailadmin.delivery.state import SenderState
from mailadmin.domain.claim import ClaimRequest, Disposition, Recording
from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store

T = TypeVar("T")

BATCH = 50
_TURNS = 20
_ACCEPTED = Outcome(OutcomeKind.ACCEPTED, Stage.END_OF_DATA, "250 taken")
_GONE = Disposition(None, None, "250 taken")


def step_costs(path: Path) -> dict[str, float]:
    """Milliseconds of each step, the median of some turns of `BATCH` emails.

    The restart comes first and once: opening, looking for lost claims, claiming one email.
    """
    began = time.perf_counter()
    store = Store.open(path, standard_drivers())
    owner = owner_name()
    _recover(store, owner)
    provider = store.providers.list()[0]
    first = store.claims.claim(owner, ClaimRequest(provider, 1), lease=120).claims
    costs = {"restart: open, recover, first claim": (time.perf_counter() - began) * 1000}
    store.claims.give_back_all(first)
    steps: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], T]) -> T:
        started = time.perf_counter()
        result = work()
        steps.setdefault(name, []).append((time.perf_counter() - started) * 1000)
        return result

    wanted = ClaimRequest(provider, BATCH)
    for _ in range(_TURNS):
        made = timed(f"claim {BATCH}", lambda: store.claims.claim(owner, wanted, lease=120))
        assert len(made.claims) == BATCH
        timed(f"point of no return of {BATCH}", partial(store.claims.pass_points, made.claims))
        recordings = [Recording(claim, _ACCEPTED, _GONE) for claim in made.claims]
        timed(f"record {BATCH}", partial(store.claims.record_all, recordings))
        timed("renew leases", lambda: store.claims.renew(owner, 120))
        timed("look for lost claims", lambda: _recover(store, owner))
        timed("numbers of the status bar", store.queue.summary)
    timed("IDs of the whole table", store.queue.ids)
    store.close()
    return costs | {name: statistics.median(times) for name, times in steps.items()}


def _recover(store: Store, owner: str) -> None:
    store.claims.recover(lambda other: is_gone(other, owner), lambda *_: _GONE)


def drain_part(path: Path, messages: int) -> tuple[float, float, float]:
    """Send about `messages` of the queue; messages/s and megabytes resident before and after.

    "Before" is after a tenth of them, when everything is loaded that sending needs.
    """
    process = psutil.Process(os.getpid())
    store = Store.open(path, standard_drivers())
    before = store.queue.count()
    resident: list[float] = []

    def watch(state: SenderState) -> None:
        sent = before - state.total if state.total else 0
        if sent >= messages / 10:
            resident.append(process.memory_info().rss / 1e6)
        if sent >= messages:
            deliverer.stop()

    deliverer = Deliverer(store, MemoryCredentials(), standard_drivers(), on_state=watch)
    began = time.perf_counter()
    deliverer.run(until_empty=True)
    seconds = time.perf_counter() - began
    sent = before - store.queue.count()
    store.close()
    resident.append(process.memory_info().rss / 1e6)
    return sent / seconds, resident[0], resident[-1]
