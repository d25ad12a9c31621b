"""Whether the window stays smooth while its sender runs at full speed.

    python -m tests.benchmarks.window [MESSAGES] [--rounds N] [--offscreen] [--profile]

The real window on a queue of 20,000 messages, with its sender in its QThread and Postfix's
`smtp-sink` at the other end. A timer of 5 ms in the window's thread: how long do its ticks keep us
waiting, with the Queue in front and with the Log in front? Against the same window idle. Goals: p99
16 ms, 50 ms at most. The same queue is also sent without a window.

--profile tells what the threads did whenever the window's thread was more than 12 ms late.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.benchmarks.rig.display import display
from tests.benchmarks.rig.postfix import smtp_sink
from tests.benchmarks.rig.queues import drain, filled, loopback
from tests.benchmarks.rig.window_gaps import TICK, Gaps, measure_window

_CONNECTIONS = 10
_QUEUE, _LOG = 1, 2  # the tabs' places
_IDLE_SECONDS = 4.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="window", description=__doc__.splitlines()[0])
    parser.add_argument("messages", nargs="?", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--offscreen", action="store_true", help="also where there is Xvfb")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    if options.offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with (
        tempfile.TemporaryDirectory() as name,
        smtp_sink() as port,
        nullcontext("offscreen") if options.offscreen else display() as platform,
    ):
        folder = Path(name)
        filled(folder / "full.db", loopback(port, _CONNECTIONS), options.messages).close()
        print(f"{options.messages:,} messages, {_CONNECTIONS} connections; {platform}")
        print(f"Gaps of a {TICK} ms timer, median of {options.rounds} rounds in turns")
        if options.profile:
            _measure(folder, _QUEUE, profile=True)
        else:
            _compare(folder, options.messages, options.rounds)


def _compare(folder: Path, messages: int, rounds: int) -> None:
    found: dict[str, list[Gaps]] = {"idle": [], "Queue": [], "Log": []}
    alone: list[float] = []
    for _ in range(rounds):
        found["idle"].append(_measure(folder, _QUEUE, idle_seconds=_IDLE_SECONDS))
        found["Queue"].append(_measure(folder, _QUEUE))
        found["Log"].append(_measure(folder, _LOG))
        store = Store.open(_copy(folder), standard_drivers())
        alone.append(messages / drain(store))
        store.close()
    idle = statistics.median(each.p99 for each in found["idle"])
    rate_alone = statistics.median(alone)
    for title, measured in found.items():
        p50, p99, longest = (
            statistics.median(getattr(each, name) for each in measured)
            for name in ("p50", "p99", "longest")
        )
        words = "idle, Queue in front" if title == "idle" else f"sending, {title} in front"
        line = f"  {words:<24} p50 {p50:5.1f}  p99 {p99:5.1f}  max {longest:5.1f} ms"
        if title != "idle":
            rate = messages / statistics.median(each.seconds for each in measured)
            line += f"  p99 {p99 / idle:.1f} × idle; {rate:,.0f} messages/s, "
            line += f"{rate / rate_alone:.0%} of {rate_alone:,.0f}/s without a window"
        print(line)


def _measure(folder: Path, tab: int, *, idle_seconds: float = 0.0, profile: bool = False) -> Gaps:
    place = folder / f"{time.monotonic_ns()}"
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        run = pool.submit(measure_window, _copy(folder), place, tab, idle_seconds, profile)
        return run.result()


def _copy(folder: Path) -> Path:
    """A fresh copy of the full queue."""
    return Path(shutil.copy(folder / "full.db", folder / f"{time.monotonic_ns()}.db"))


if __name__ == "__main__":
    main()
