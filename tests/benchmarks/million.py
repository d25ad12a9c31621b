"""What a long queue and Log cost: 1,000,000 waiting messages against 10,000.

    python -m tests.benchmarks.million [LONG] [--short N] [--drained N] [--rounds N]

Claim, point of no return, record and restart should cost at most twice as much, and sending should
need no more memory. The Log is as long as the queue. Both databases are generated, then measured
in turns, each time in a new process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.benchmarks.rig.generate import generate
from tests.benchmarks.rig.postfix import smtp_sink
from tests.benchmarks.rig.queue_costs import drain_part, step_costs
from tests.benchmarks.rig.queues import loopback

T = TypeVar("T")

_CONNECTIONS = 10


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(prog="million", description=__doc__.splitlines()[0])
    parser.add_argument("long", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--short", type=int, default=10_000)
    parser.add_argument("--drained", type=int, default=20_000, help="messages sent of the long one")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, smtp_sink() as port:
        short = _queue(Path(name) / "short.db", options.short, port)
        long = _queue(Path(name) / "long.db", options.long, port)
        print(f"Milliseconds at {options.short:,} and {options.long:,} messages, median of rounds")
        short_costs, long_costs = _medians(options.rounds, short, long)
        for step, cost in long_costs.items():
            before = short_costs[step]
            goal = "" if step.startswith(("IDs", "numbers")) else " (goal 2)"
            print(f"  {step:<38} {before:8.2f} {cost:8.2f}   {cost / before:7.2f} ×{goal}")
        for title, path, drained in (
            (f"{options.short:,}", short, options.short // 2),
            (f"{options.long:,}", long, options.drained),
        ):
            rate, before, after = _in_new_process(drain_part, path, drained)
            print(
                f"  drain of {drained:,} of {title}: {rate:,.0f}/s; resident {before:.1f} MB "
                f"after a tenth, {after:.1f} MB at the end: {after - before:+.1f} MB"
            )


def _queue(path: Path, messages: int, port: int) -> Path:
    began = time.perf_counter()
    store = Store.open(path, standard_drivers())
    store.providers.add(loopback(port, _CONNECTIONS))
    store.close()
    generate(path, queue=messages, log=messages)
    megabytes = path.stat().st_size / 1e6
    seconds = time.perf_counter() - began
    print(
        f"{messages:,} waiting and {messages:,} in the Log: {megabytes:,.0f} MB in {seconds:.1f} s"
    )
    return path


def _medians(rounds: int, *paths: Path) -> list[dict[str, float]]:
    found: list[list[dict[str, float]]] = [[] for _ in paths]
    for _ in range(rounds):
        for path, measured in zip(paths, found, strict=True):
            measured.append(_in_new_process(step_costs, path))
    return [
        {step: statistics.median(costs[step] for costs in measured) for step in measured[0]}
        for measured in found
    ]


def _in_new_process(work: Callable[..., T], *arguments: object) -> T:
    """What `work` gives in an interpreter that has done nothing else."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


if __name__ == "__main__":
    main()
