"""What the Log's search index costs: room, and speed of enqueuing, recording and sending.

    python -m tests.benchmarks.search_cost [MESSAGES] [--log N] [--rounds N]

With the index against without it, in turns: "without" lacks the triggers that note which rows are
to be indexed, so nothing is. Enqueued is 1,000 at a time; recorded are 50 at a time, without a
server; sent is to Postfix's `smtp-sink` over 10 connections. The size is that of a generated Log.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

import apsw

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.benchmarks.rig.generate import generate
from tests.benchmarks.rig.postfix import smtp_sink
from tests.benchmarks.rig.queue_costs import BATCH, step_costs
from tests.benchmarks.rig.queues import drain, filled, loopback, message
from tests.benchmarks.rig.rounds import in_turns

_CONNECTIONS = 10
_AT_ONCE = 1000  # messages enqueued in a transaction
_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'log_search%'"
_SIZES = "SELECT sum(pgsize) FILTER (WHERE name LIKE 'log_search%'), sum(pgsize) FROM dbstat"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="search_cost", description=__doc__.splitlines()[0])
    parser.add_argument("messages", nargs="?", type=int, default=20_000)
    parser.add_argument("--log", type=int, default=1_000_000, help="rows whose index is weighed")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, smtp_sink() as port:
        folder = Path(name)
        _weigh(folder / "weighed.db", options.log)
        print(f"With the index, median of {options.rounds} rounds in turns")
        for title, measure in {
            "enqueued": _enqueued,
            "recorded": _recorded,
            "sent": _sent,
        }.items():
            rates = in_turns(
                options.rounds,
                {
                    words: partial(measure, folder, options.messages, port, indexed)
                    for words, indexed in (("with", True), ("without", False))
                },
            )
            print(
                f"  {title:<10}{rates['with']:9,.0f}/s, {rates['with'] / rates['without']:.0%} of "
                f"{rates['without']:,.0f}/s without"
            )


def _weigh(path: Path, rows: int) -> None:
    generate(path, log=rows)
    store = Store.open(path, standard_drivers())
    began = time.perf_counter()
    while store.log.search.catch_up():
        pass
    seconds = time.perf_counter() - began
    store.close()
    connection = apsw.Connection(str(path))
    index, whole = next(iter(connection.execute(_SIZES)))
    connection.close()
    rest = whole - index
    print(
        f"{rows:,} rows of the Log: {whole / 1e6:,.0f} MB, {whole / rest:.2f} times the "
        f"{rest / 1e6:,.0f} MB without index; filled in {seconds:.1f} s, {rows / seconds:,.0f}/s"
    )


def _enqueued(folder: Path, messages: int, _port: int, indexed: bool) -> float:
    store = _opened(folder, indexed)
    waiting = [message(number) for number in range(messages)]
    began = time.perf_counter()
    for first in range(0, messages, _AT_ONCE):
        store.queue.enqueue(waiting[first : first + _AT_ONCE])
    rate = messages / (time.perf_counter() - began)
    store.close()
    return rate


def _recorded(folder: Path, messages: int, port: int, indexed: bool) -> float:
    store = _opened(folder, indexed)
    path = store.location.path
    store.close()
    filled(path, loopback(port, _CONNECTIONS), messages).close()
    return BATCH / step_costs(path)[f"record {BATCH}"] * 1000


def _sent(folder: Path, messages: int, port: int, indexed: bool) -> float:
    store = _opened(folder, indexed)
    path = store.location.path
    store.close()
    store = filled(path, loopback(port, _CONNECTIONS), messages)
    rate = messages / drain(store)
    store.close()
    return rate


def _opened(folder: Path, indexed: bool) -> Store:
    for file in folder.glob("measured-*"):
        file.unlink()
    path = folder / f"measured-{time.monotonic_ns()}.db"
    Store.open(path, standard_drivers()).close()
    if not indexed:
        connection = apsw.Connection(str(path))
        for (name,) in list(connection.execute(_TRIGGERS)):
            connection.execute(f"DROP TRIGGER {name}")
        connection.close()
    return Store.open(path, standard_drivers())


if __name__ == "__main__":
    main()
