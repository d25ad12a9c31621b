"""Messages per second, and CPU for each, that the SMTP dialogue takes: no queue, no database.

    python -m tests.benchmarks.smtp_loop [MESSAGES] [--rounds N] [--profile]

`SmtpSession.deliver` with a commit point that agrees at once, against Postfix's smtp-sink, which
offers pipelining; beside it the barest pipelined loop there can be (asyncio streams, no errors
handled), aiosmtplib, and smtp-source, a client in C. All in turns on one sink.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

import aiosmtplib

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.session import Delivery
from mailadmin.drivers.smtp.session import SmtpSession
from mailadmin.drivers.smtp.settings import SmtpSettings
from tests.benchmarks.rig.limits import PATIENCE
from tests.benchmarks.rig.postfix import smtp_sink, source_rate
from tests.benchmarks.rig.rounds import in_turns

_CONTENT = b"Subject: Benchmark\r\n\r\n" + (b"x" * 74 + b"\r\n") * 53  # 4 KB
_SENDER, _RECIPIENT = "a@example.org", "b@example.org"
_CONNECTIONS = (1, 10, 50)
_OURS, _PLAIN = "SmtpSession.deliver", "the same without pipelining"
_BARE, _LIBRARY, _SOURCE = "bare pipelined loop", "aiosmtplib", "smtp-source (C)"

Worker = Callable[[int, Iterator[int]], Awaitable[None]]


async def _go_on(accepted: Sequence[str]) -> bool:
    del accepted
    return True


async def _ours(port: int, left: Iterator[int], *, pipelining: bool = True) -> None:
    settings = SmtpSettings("127.0.0.1", port, encryption=Encryption.NONE)
    session = await SmtpSession.open(settings, None, pipelining=pipelining)
    delivery = Delivery(_SENDER, {_RECIPIENT: 1}, _CONTENT)
    for _ in left:
        outcomes = await session.deliver(delivery, _go_on)
        assert outcomes[_RECIPIENT].kind is OutcomeKind.ACCEPTED
    await session.close()


async def _bare(port: int, left: Iterator[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"EHLO bare\r\n")
    while (await reader.readline())[3:4] == b"-":
        pass
    commands = f"MAIL FROM:<{_SENDER}>\r\nRCPT TO:<{_RECIPIENT}>\r\nDATA\r\n".encode()
    for _ in left:
        writer.write(commands)
        for _ in range(3):
            await reader.readline()
        writer.write(_CONTENT + b".\r\n")
        await reader.readline()
    writer.write(b"QUIT\r\n")
    await reader.readline()
    writer.close()


async def _library(port: int, left: Iterator[int]) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
    await client.connect()
    for _ in left:
        await client.mail(_SENDER)
        await client.rcpt(_RECIPIENT)
        await client.data(_CONTENT)
    await client.quit()


class _Costs:
    """The CPU of every measurement, as the rates are taken."""

    def __init__(self) -> None:
        self.microseconds: dict[str, float] = {}

    def rate(self, name: str, worker: Worker, port: int, messages: int, connections: int) -> float:
        left = iter(range(messages))

        async def main() -> None:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(worker(port, left) for _ in range(connections)))

        began, cpu = time.perf_counter(), time.process_time()
        asyncio.run(main())
        self._note(name, time.process_time() - cpu, messages)
        return messages / (time.perf_counter() - began)

    def source(self, port: int, messages: int, connections: int) -> float:
        before = os.times()
        rate = source_rate(port, messages, len(_CONTENT), connections)
        after = os.times()
        children = after.children_user + after.children_system
        self._note(_SOURCE, children - before.children_user - before.children_system, messages)
        return rate

    def _note(self, name: str, seconds: float, messages: int) -> None:
        cost = 1e6 * seconds / messages
        self.microseconds[name] = min(cost, self.microseconds.get(name, cost))


def _measure(port: int, messages: int, rounds: int, connections: int) -> None:
    costs = _Costs()
    loops: dict[str, Worker] = {
        _BARE: _bare,
        _OURS: _ours,
        _PLAIN: partial(_ours, pipelining=False),
        _LIBRARY: _library,
    }
    contestants: dict[str, Callable[[], float]] = {
        name: partial(costs.rate, name, worker, port, messages, connections)
        for name, worker in loops.items()
    }
    contestants[_SOURCE] = partial(costs.source, port, messages, connections)
    rates = in_turns(rounds, contestants)
    print(f"{connections} connections")
    for name, rate in rates.items():
        share = rate / rates[_BARE]
        print(
            f"  {name:<28} {rate:9,.0f}/s  {share:5.0%} of the bare loop"
            f"  {costs.microseconds[name]:6.1f} µs CPU"
        )


def _profile(port: int, messages: int, connections: int) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(_Costs().rate, _OURS, _ours, port, messages, connections)
    profiler.create_stats()
    profiler.print_stats("tottime")


def main() -> None:
    """Measure and print; `--profile` tells where the time of ours goes instead."""
    parser = argparse.ArgumentParser(prog="smtp_loop", description=__doc__.splitlines()[0])
    parser.add_argument("messages", type=int, nargs="?", default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with smtp_sink() as port:
        if options.profile:
            _profile(port, options.messages, 10)
            return
        print(f"{options.messages} messages of 4 KB, median rate of {options.rounds} in turns,")
        print("the lowest CPU")
        for connections in _CONNECTIONS:
            _measure(port, options.messages, options.rounds, connections)


if __name__ == "__main__":
    main()
