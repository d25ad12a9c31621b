"""What a user of the tables waits for: 1,000,000 rows of the Log and 100,000 of the queue.

    python -m tests.benchmarks.tables [LOG] [QUEUE] [--short N] [--rounds N] [--keep FOLDER]

The real window, on Xvfb if there is one; a figure ends when the table has painted the rows that the
database says are right. The same with 10,000 rows of each, in turns, to see what grows. Each figure
is from a new process; median of the rounds.

Goals in milliseconds: open 100, and 1.5 times 10,000 rows; jump p99 50; sort 300; search 100 for
the first rows and 300 for the total; the history of an address 50; gaps p99 16. Memory: 40 MB more
than with an empty database.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TypeVar

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.benchmarks.rig.databases import database
from tests.benchmarks.rig.display import display
from tests.benchmarks.rig.postfix import smtp_sink
from tests.benchmarks.rig.queues import loopback
from tests.benchmarks.rig.table_gaps import scrolling_gaps
from tests.benchmarks.rig.table_steps import (
    HISTORY,
    JUMP,
    LOG,
    OPEN,
    QUEUE,
    Wait,
    Waits,
    jumping,
    memory,
    opening,
    querying,
)
from tests.benchmarks.rig.window_gaps import Gaps

T = TypeVar("T")

_CONNECTIONS = 10
_IDLE_SECONDS = 4.0
_SENDING_SECONDS = 8.0  # at most, less where the queue is empty before
_TABS = {LOG: "Log", QUEUE: "Queue"}


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(prog="tables", description=__doc__.splitlines()[0])
    parser.add_argument("log", nargs="?", type=int, default=1_000_000)
    parser.add_argument("queue", nargs="?", type=int, default=100_000)
    parser.add_argument("--short", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--offscreen", action="store_true", help="also where there is Xvfb")
    parser.add_argument("--keep", type=Path, help="folder for the databases, to use them again")
    options = parser.parse_args()
    if options.offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with (
        tempfile.TemporaryDirectory() as name,
        smtp_sink() as port,
        nullcontext("offscreen") if options.offscreen else display() as platform,
    ):
        folder = Path(name)
        kept = options.keep or folder
        long = database(kept, options.log, options.queue)
        short = database(kept, options.short, options.short)
        empty = database(kept, 0, 0)
        print(f"{platform}; median of {options.rounds} rounds in turns")
        heads = f"{options.log:>9,} {options.short:>7,}   ratio "
        print(f"{'Milliseconds until the first rows | all':<42}{heads} {heads}   goal")
        for tab, title in _TABS.items():
            for step in (opening, jumping, querying):
                measure = partial(step, tab=tab)
                _print_waits(title, *_waits(options.rounds, folder, measure, long, short))
        _print_memory(folder, options.rounds, long, short, empty)
        for path in (long, short):
            _print_gaps(folder, options.rounds, path, port)


def _in_turns(
    rounds: int, folder: Path, measure: Callable[[Path, Path], dict[str, T]], *paths: Path
) -> list[dict[str, list[T]]]:
    """What was measured of each database in each round."""
    found: list[dict[str, list[T]]] = [{} for _ in paths]
    for _ in range(rounds):
        for path, of_path in zip(paths, found, strict=True):
            for name, figure in _in_new_process(measure, path, _new_place(folder)).items():
                of_path.setdefault(name, []).append(figure)
    return found


def _waits(
    rounds: int, folder: Path, measure: Callable[[Path, Path], Waits], *paths: Path
) -> list[Waits]:
    return [
        {
            name: Wait(*(statistics.median(each) for each in zip(*waits, strict=True)))
            for name, waits in of_path.items()
        }
        for of_path in _in_turns(rounds, folder, measure, *paths)
    ]


def _print_waits(title: str, long: Waits, short: Waits) -> None:
    for name, wait in long.items():
        words = f"{title}: {name}"
        columns = " ".join(
            f"{mine:9.1f} {other:7.1f} {mine / other:5.1f} ×"
            for mine, other in zip(wait, short[name], strict=True)
        )
        print(f"{words:<42}{columns}   {_goal(name)}")


def _goal(name: str) -> str:
    if name.startswith(("search", "filter")):
        return "100, 300"
    return {OPEN: "100, 1.5 ×", JUMP: "p99 50", HISTORY: "50"}.get(name, "300")


def _print_memory(folder: Path, rounds: int, *paths: Path) -> None:
    print("Megabytes resident, and how many more than with an empty database (goal 40)")
    measured = _in_turns(rounds, folder, memory, *paths)
    for name in measured[0]:
        long, short, empty = (statistics.median(of_path[name]) for of_path in measured)
        more = f"{long - empty:+.1f} and {short - empty:+.1f} MB"
        print(f"{name:<42}{long:9.1f} {short:7.1f}; empty {empty:.1f}: {more}")


def _print_gaps(folder: Path, rounds: int, path: Path, port: int) -> None:
    print(f"Gaps of a 5 ms timer, the Log {path.stem.partition('-')[0]} rows long (goal p99 16)")
    for tab, title in _TABS.items():
        for scrolling, sending in ((False, False), (True, False), (True, True)):
            measured: list[Gaps] = []
            rates: list[float] = []
            for _ in range(rounds):
                gaps, sent = _gaps(folder, path, port, tab, scrolling, sending)
                measured.append(gaps)
                rates.append(sent / gaps.seconds)
            p50, p99, longest = (
                statistics.median(getattr(each, name) for each in measured)
                for name in ("p50", "p99", "longest")
            )
            words = f"{title}: {'scrolling' if scrolling else 'idle'}"
            words += f", sending {statistics.median(rates):,.0f}/s" if sending else ""
            print(f"{words:<42}p50 {p50:5.1f}  p99 {p99:5.1f}  max {longest:5.1f}")


def _gaps(
    folder: Path, path: Path, port: int, tab: int, scrolling: bool, sending: bool
) -> tuple[Gaps, int]:
    if not sending:
        return _in_new_process(
            scrolling_gaps, path, _new_place(folder), tab, _IDLE_SECONDS, scrolling, sending
        )
    copied = Path(shutil.copy(path, folder / "sending.db"))
    store = Store.open(copied, standard_drivers())
    store.providers.add(loopback(port, _CONNECTIONS))
    store.close()
    try:
        return _in_new_process(
            scrolling_gaps, copied, _new_place(folder), tab, _SENDING_SECONDS, scrolling, sending
        )
    finally:
        for file in folder.glob("sending.db*"):
            file.unlink()


def _new_place(folder: Path) -> Path:
    """Where a program keeps its settings, none yet."""
    return folder / f"{time.monotonic_ns()}"


def _in_new_process(work: Callable[..., T], *arguments: object) -> T:
    """What `work` gives in an interpreter that has done nothing else."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


if __name__ == "__main__":
    main()
