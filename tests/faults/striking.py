"""Kills the program at points of its work, many of them, and checks both sides of the account."""

from __future__ import annotations

import os
import random
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count, takewhile
from pathlib import Path

from tests.faults.accounts import (
    UNKNOWN,
    accounts,
    copies,
    faults_after_crash,
    faults_at_rest,
)
from tests.faults.commands import UNHARMED, Runner, runner
from tests.faults.events import Plan
from tests.faults.recording_server import RecordingServer, recording_server

WORKERS = min(4, os.cpu_count() or 1)
SEND = ("send", "--until-empty")
PER_MESSAGE = 2  # recipients


def write_messages(folder: Path, number: int) -> list[Path]:
    """So many files, each a message to two recipients of its own."""
    files = []
    for index in range(number):
        path = folder / f"{index}.eml"
        path.write_bytes(
            b"From: office@example.org\r\nTo: ann%d@example.net, bob%d@example.net\r\n"
            b"Subject: Number %d\r\nMessage-ID: <%d@example.org>\r\n\r\nText\r\n.\r\n..\r\n"
            % (index, index, index, index)
        )
        files.append(path)
    return files


def recipients(number: int) -> set[str]:
    """Who gets the first so many messages."""
    return {f"{name}{index}@example.net" for name in ("ann", "bob") for index in range(number)}


@dataclass
class Bench:
    """What one worker has: processes of its own, and a new database for every blow."""

    folder: Path
    run: Runner
    server: RecordingServer
    messages: int  # in the queue of the template
    pipelining: bool  # what its server offers
    files: list[Path] = field(default_factory=list)  # that are not queued yet
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def template(self) -> Path:
        """A database with a provider and mail in its queue."""
        return self.folder / "template.db"

    def prepare(self) -> None:
        """Make the template and the files."""
        files = write_messages(self.folder, self.messages + 3)
        self.run.well(
            *("--database", self.template, "providers", "add", "--host", "127.0.0.1"),
            *("--port", self.server.port, "--encryption", "none"),
            *("--send-from", "office@example.org"),
        )
        if self.messages:
            self.run.well("--database", self.template, "enqueue", *files[: self.messages])
        self.files = files[self.messages :]

    @contextmanager
    def database(self) -> Iterator[Path]:
        """A copy of the template, alone in its folder."""
        folder = self.folder / f"blow-{next(self.numbers)}"
        folder.mkdir()
        yield Path(shutil.copy(self.template, folder / "mail.db"))
        shutil.rmtree(folder)  # stays if something was wrong with it


@contextmanager
def benches(
    folder: Path, messages: int, *, pipelining: bool = True, workers: int = WORKERS
) -> Iterator[list[Bench]]:
    """One bench for each worker."""
    with ExitStack() as opened:
        made = []
        for number in range(workers):
            own = folder / str(number)
            own.mkdir()
            server = opened.enter_context(recording_server(own, pipelining=pipelining))
            made.append(Bench(own, opened.enter_context(runner(own)), server, messages, pipelining))
        for bench in made:
            bench.prepare()
        yield made


def strike_all(
    made: Sequence[Bench], plans: Iterable[Plan], strike: Callable[[Bench, Plan], bool]
) -> int:
    """Try every plan on whichever bench is free; gives how many died of it.

    `strike` tells whether the program died, and raises if something is wrong then.
    """
    waiting, lock = iter(plans), threading.Lock()

    def work(bench: Bench) -> int:
        killed = 0
        while True:
            with lock:
                plan = next(waiting, None)
            if plan is None:
                return killed
            killed += strike(bench, plan)

    with ThreadPoolExecutor(len(made)) as pool:
        return sum(pool.map(work, made))


def strike_until(
    enough: int, made: Sequence[Bench], plans: Iterable[Plan], strike: Callable[[Bench, Plan], bool]
) -> int:
    """Try plans until so many runs died of one; gives how many did."""
    died: list[Plan] = []

    def counted(bench: Bench, plan: Plan) -> bool:
        killed = strike(bench, plan)
        if killed:
            died.append(plan)
        return killed

    return strike_all(made, takewhile(lambda _: len(died) < enough, plans), counted)


def points(
    bench: Bench, *arguments: object, basis: Plan = UNHARMED, kinds: tuple[str, ...] = ("",)
) -> list[Plan]:
    """Every point at which a run can die: before each event, and halfway through each write.

    `kinds` are the beginnings of the events' names, if only some of them are wanted.
    """
    found = []
    for number, (_, kind) in enumerate(events(bench, *arguments, basis=basis), 1):
        if not kind.startswith(kinds):
            continue
        found.append(replace(basis, at=number))
        if kind.startswith(("write", "send")):
            found.append(replace(basis, at=number, moment="half"))
    return found


def timers(bench: Bench, *arguments: object, number: int, basis: Plan = UNHARMED) -> Iterator[Plan]:
    """Random moments of a run. pytest-randomly seeds them, and prints its seed."""
    # Of several runs: one that had to wait for a processor would have most timers end after it.
    longest = min(events(bench, *arguments, basis=basis)[-1][0] for _ in range(3))
    for _ in range(number):
        yield replace(basis, timer=random.uniform(0.0001, 1.5 * longest))


def events(bench: Bench, *arguments: object, basis: Plan = UNHARMED) -> list[tuple[float, str]]:
    """What a run does that nothing befalls: seconds since its first event, and the kind."""
    kinds = bench.folder / "events"
    with bench.database() as database:
        kinds.unlink(missing_ok=True)
        ended = bench.run(replace(basis, count=str(kinds)), "--database", database, *arguments)
        assert ended.code == 0, ended
    lines = [line.split(" ", 1) for line in kinds.read_text().splitlines()]
    return [(float(seconds), kind) for seconds, kind in lines]


def strike_sending(bench: Bench, plan: Plan, *more: Plan, resend: bool = True) -> bool:
    """Kill a sender, and those after it, as planned; then let one come to rest.

    Then everything of unknown outcome is made due by hand, and sent once more.
    """
    expected = recipients(bench.messages)
    since = bench.server.mark()
    with bench.database() as database:

        def check(faults: Iterable[str]) -> None:
            wrong = list(faults)
            assert not wrong, "\n".join([f"{plan} {more} in {database}", *wrong])

        killed = False
        for blow in (plan, *more):
            ended = bench.run(blow, "--database", database, *SEND)
            killed |= ended.killed
            assert ended.killed or ended.code == 0, (blow, ended)
            bench.server.settle()
            check(faults_after_crash(accounts(database), copies(bench.server.accepted(since))))
        healthy = replace(UNHARMED, broken=plan.broken)
        for _ in range(1 + resend):
            ended = bench.run(healthy, "--database", database, *SEND)
            assert ended.code == 0, (plan, ended)
            bench.server.settle()
            found = accounts(database)
            check(faults_at_rest(found, copies(bench.server.accepted(since)), expected))
            unknown = [one.queue_id for one in found.values() if one.status in UNKNOWN]
            if not unknown:
                break
            bench.run.well("--database", database, "queue", "retry", *unknown)
        else:
            # Sent by hand or not: it is done, and what came twice was said to.
            assert not resend or not unknown, (plan, found)
        bench.run.well("--database", database, "check")
    return killed


def strike_accepting(bench: Bench, plan: Plan) -> bool:
    """Kill a command that takes mail in; then all of it is there or nothing, and told mail is."""
    since = bench.server.mark()
    with bench.database() as database:
        ended = bench.run(plan, "--database", database, "enqueue", *bench.files)
        assert ended.killed or ended.code == 0, (plan, ended)
        found = accounts(database)
        told = f"{plan} in {database}: {ended} {found}"
        assert len(found) in {0, PER_MESSAGE * len(bench.files)}, told
        ids = {account.queue_id for account in found.values()}
        assert set(ended.ids) <= ids, told
        if not ended.killed:
            assert set(ended.ids) == ids, told
        bench.run.well("--database", database, *SEND)
        bench.server.settle()
        wrong = list(
            faults_at_rest(accounts(database), copies(bench.server.accepted(since)), found)
        )
        assert not wrong, (told, wrong)
        bench.run.well("--database", database, "check")
    return ended.killed
