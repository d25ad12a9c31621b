"""Messages/s to a server that answers each command 50 ms late, against what is possible.

    python -m tests.benchmarks.latency [--delay MS] [--seconds S] [--rounds N]

No client can send more than connections ÷ (round trips × latency). A message takes four round
trips (MAIL, RCPT, DATA, the message), two where the server offers pipelining (RFC 2920): then MAIL,
RCPT and DATA go together. The share is given for the whole run, with the opening of connections
(few at first, more with each success), and for its middle. aiosmtplib, which does not pipeline,
runs beside.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.benchmarks.rig.late_server import late_server
from tests.benchmarks.rig.library_loop import library_rate
from tests.benchmarks.rig.queues import drain_rates

_CONNECTIONS = (1, 10, 50)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="latency", description=__doc__.splitlines()[0])
    parser.add_argument("--delay", type=float, default=50, help="milliseconds for each reply")
    parser.add_argument("--seconds", type=float, default=5, help="each drain takes about that")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    delay = options.delay / 1000
    print(f"Replies {options.delay:.0f} ms late, median of {options.rounds} in turns; goal 90 %")
    with tempfile.TemporaryDirectory() as name:
        for pipelining in (False, True):
            trips = 2 if pipelining else 4
            with late_server(delay, pipelining=pipelining) as port:
                for connections in _CONNECTIONS:
                    each = max(2, round(options.seconds / (trips * delay)))
                    messages = each * connections
                    ours = partial(drain_rates, Path(name), port, messages, connections)
                    peer = partial(library_rate, port, messages * trips // 4, connections)
                    bound = connections / (trips * delay)
                    _print(ours, peer, connections, bound, pipelining, options.rounds)


def _print(
    ours: Callable[[], tuple[float, float]],
    peer: Callable[[], float],
    connections: int,
    bound: float,
    pipelining: bool,
    rounds: int,
) -> None:
    measured = [(*ours(), peer()) for _ in range(rounds)]
    whole, middle, library = (statistics.median(column) for column in zip(*measured, strict=True))
    offered = "pipelining" if pipelining else "no pipelining"
    print(
        f"  {offered:<13} {connections:>2} connections: {middle:5.1f}/s of {bound:3.0f}/s: "
        f"{middle / bound:.0%} ({whole / bound:.0%} in all); "
        f"aiosmtplib {library:.1f}/s"
    )


if __name__ == "__main__":
    main()
