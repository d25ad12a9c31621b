"""Messages/s from the durable queue to a server that answers at once, beside clients and a peer.

    python -m tests.benchmarks.drain [MESSAGES] [--rounds N] [--peers FOLDER] [--profile]

The server is Postfix's `smtp-sink`, a process of its own. In turns, over 10 and 50 connections:

- `smtp-source`, Postfix's C client: what the sink takes;
- aiosmtplib in one event loop: the library without queue, database or log;
- Mail Admin: one process, `synchronous=FULL`, every attempt in the Log;
- django-post_office at its defaults (in an environment that is made under FOLDER on first use).

--profile drains once more with 10 connections and prints what each thread spent its time on.
"""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.benchmarks.rig.library_loop import library_rate
from tests.benchmarks.rig.peer_environment import NotMeasured, environment, post_office_rate
from tests.benchmarks.rig.postfix import smtp_sink, source_rate
from tests.benchmarks.rig.queues import SIZE, drain, drain_rate, filled, loopback
from tests.benchmarks.rig.rounds import in_turns, print_rates
from tests.benchmarks.rig.thread_sampler import ThreadSampler

_CONNECTIONS = (10, 50)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="drain", description=__doc__.splitlines()[0])
    parser.add_argument("messages", nargs="?", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="folder for the peer's environment")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, smtp_sink() as port:
        folder = Path(name)
        if options.profile:
            _profile(folder, port, options.messages)
        else:
            _compare(folder, port, options.messages, options.rounds, options.peers)


def _compare(folder: Path, port: int, messages: int, rounds: int, peers: Path | None) -> None:
    contestants: dict[str, Callable[[], float]] = {}
    for connections in _CONNECTIONS:
        contestants |= {
            f"smtp-source, {connections} connections": partial(
                source_rate, port, messages, SIZE, connections
            ),
            f"aiosmtplib alone, {connections}": partial(
                library_rate, port, max(1000, messages // 3), connections
            ),
            f"Mail Admin, durable, {connections}": partial(
                drain_rate, folder, port, messages, connections
            ),
        }
    peer = "django-post_office, defaults"
    try:
        python = environment(peers)
        contestants[peer] = partial(
            post_office_rate, python, folder, port, max(500, messages // 4), SIZE
        )
        rates = in_turns(rounds, contestants)
    except NotMeasured as why:
        contestants.pop(peer, None)
        rates = in_turns(rounds, contestants)
        print(f"  {peer}: not measured ({why})")
    print(f"{messages:,} messages of 4 KB to smtp-sink, median of {rounds} rounds in turns")
    print_rates(rates, f"smtp-source, {_CONNECTIONS[0]} connections")
    for connections in _CONNECTIONS:
        ours = rates[f"Mail Admin, durable, {connections}"]
        source = rates[f"smtp-source, {connections} connections"]
        library = rates[f"aiosmtplib alone, {connections}"]
        said = f"{ours / source:.0%} of smtp-source (goal 40 %), {ours / library:.2f} × aiosmtplib"
        if peer in rates:
            said += f", {ours / rates[peer]:.1f} × django-post_office (goal 7)"
        print(f"  {connections} connections: {said}")


def _profile(folder: Path, port: int, messages: int) -> None:
    store = filled(folder / "profile.db", loopback(port, 10), messages)
    gc.collect()
    before = os.times()
    began = time.perf_counter()
    with ThreadSampler() as sampler:
        drain(store)
    seconds = time.perf_counter() - began
    used = os.times()
    user, system = used.user - before.user, used.system - before.system
    store.close()
    print(f"{messages:,} messages, 10 connections, with the sampler {messages / seconds:,.0f}/s")
    print(f"  CPU per message: {user / messages * 1e6:.0f} µs in user space, ", end="")
    print(f"{system / messages * 1e6:.0f} µs in the kernel; {seconds / messages * 1e6:.0f} µs pass")
    sampler.report()


if __name__ == "__main__":
    main()
