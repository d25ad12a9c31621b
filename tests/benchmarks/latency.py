"""Messages/s to a server that answers each command 50 ms late, against what is possible.

    python -m tests.benchmarks.latency [--delay MS] [--seconds S] [--rounds N]

No client can send more than connections ÷ (round trips × latency). A message takes four round
trips (MAIL, RCPT, DATA, the message), two where the server offers pipelining (RFC 2920): then MAIL,
RCPT and DATA go together. Opening and closing take five more over the whole run (greeting and EHLO
of the first connection, then of the others, and QUIT): the share is given with and without them.
aiosmtplib, which does not pipeline, runs beside.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from tests.benchmarks.rig.late_server import late_server
from tests.benchmarks.rig.library_loop import library_rate
from tests.benchmarks.rig.queues import drain_rate
from tests.benchmarks.rig.rounds import in_turns

_OURS, _PEER = "Mail Admin", "aiosmtplib"
_CONNECTIONS = (1, 10, 50)
_OPENING = 2  # round trips: greeting, EHLO
_CLOSING = 1  # QUIT


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
                    rates = in_turns(
                        options.rounds,
                        {
                            _OURS: partial(drain_rate, Path(name), port, messages, connections),
                            _PEER: partial(library_rate, port, messages * trips // 4, connections),
                        },
                    )
                    _print(rates, messages, connections, trips, delay)


def _print(
    rates: dict[str, float], messages: int, connections: int, trips: int, delay: float
) -> None:
    rate = rates[_OURS]
    bound = connections / (trips * delay)
    ends = (2 if connections > 1 else 1) * _OPENING + _CLOSING
    working = messages / rate - ends * delay
    offered = "pipelining" if trips == 2 else "no pipelining"
    print(
        f"  {offered}, {connections} connections: {rate:.1f}/s of {bound:.0f}/s possible: "
        f"{rate / bound:.0%}, {messages / working / bound:.0%} without opening and closing "
        f"(aiosmtplib {rates[_PEER]:.1f}/s)"
    )


if __name__ == "__main__":
    main()
