"""Durable messages/s into the queue, against the same rows written straight with APSW.

    python -m tests.benchmarks.enqueue [MESSAGES] [--rounds N]

Messages of 4 KB with one recipient, `synchronous=FULL`: one by one, each its own transaction, and
1,000 at a time, as an import does it. Both write to a new database in turns.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from mailadmin.domain.message import NewMessage
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.benchmarks.rig.queues import message
from tests.benchmarks.rig.raw_inserts import RawInserts
from tests.benchmarks.rig.rounds import in_turns

_BATCHES = ((1, 3_000), (1000, 15_000))  # messages in one transaction, goal in messages/s


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="enqueue", description=__doc__.splitlines()[0])
    parser.add_argument("messages", nargs="?", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"Durable messages of 4 KB, median of {options.rounds} rounds in turns")
    with tempfile.TemporaryDirectory() as name:
        for batch, goal in _BATCHES:
            count = options.messages if batch > 1 else options.messages // 4
            messages = [message(number) for number in range(count)]
            rates = in_turns(
                options.rounds,
                {
                    "raw": partial(_raw, Path(name), messages, batch),
                    "ours": partial(_ours, Path(name), messages, batch),
                },
            )
            print(
                f"  {batch:>4} at a time: {rates['ours']:7,.0f}/s (goal {goal:,}), "
                f"{rates['ours'] / rates['raw']:.0%} of {rates['raw']:,.0f}/s with APSW alone"
            )


def _ours(folder: Path, messages: Sequence[NewMessage], batch: int) -> float:
    store = _new_store(folder)
    try:
        return _rate(store.queue.enqueue, messages, batch)
    finally:
        store.close()


def _raw(folder: Path, messages: Sequence[NewMessage], batch: int) -> float:
    store = _new_store(folder)
    store.close()
    raw = RawInserts(store.location.path)
    try:
        return _rate(raw.enqueue, messages, batch)
    finally:
        raw.close()


def _new_store(folder: Path) -> Store:
    for file in folder.iterdir():
        file.unlink()
    return Store.open(folder / f"{time.monotonic_ns()}.db", standard_drivers())


def _rate(
    enqueue: Callable[[Sequence[NewMessage]], object], messages: Sequence[NewMessage], batch: int
) -> float:
    began = time.perf_counter()
    for first in range(0, len(messages), batch):
        enqueue(messages[first : first + batch])
    return len(messages) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
