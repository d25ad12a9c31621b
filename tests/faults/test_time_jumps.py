"""The clock is set by a day or ten years, forward or back, while the sender runs or is off.

The clock is libfaketime's: the wall's time is changed under the running process, the monotonic
clocks go on, as they do when somebody sets a computer's clock.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.product import ANN, BOB, CAT, Product, Row
from tests.faults.senders import Sender, sender, until
from tests.faults.variants import sampled
from tests.servers.scripted_server import POLITE, Answers, ScriptedServer, drop, scripted_server

_LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
JUMPS = {
    "a day forward": timedelta(days=1),
    "a day back": timedelta(days=-1),
    "ten years forward": timedelta(days=3652),
    "ten years back": timedelta(days=-3652),
}


@dataclass
class Clock:
    """The time as other programs see it."""

    file: Path
    offset: timedelta = timedelta()

    def set(self, offset: timedelta) -> None:
        """Be so far away from the real time, at once and for all of them."""
        self.offset = offset
        replacement = self.file.with_suffix(".new")
        replacement.write_text(f"{offset.total_seconds():+.0f}\n")
        replacement.replace(self.file)

    def now(self) -> datetime:
        """What it shows."""
        return datetime.now(UTC) + self.offset

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes a program go by it."""
        return {
            "LD_PRELOAD": str(_LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def run(self, product: Product, *arguments: str, stdin: bytes = b"") -> str:
        """A command of the program under this clock; gives what it said on both streams."""
        done = subprocess.run(
            product.quick.command("--database", product.database, *arguments),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
            env={**os.environ, **self.environment},
            timeout=60,
        )
        return done.stdout.decode()

    def accept(self, product: Product, recipient: str) -> None:
        """Queue a message now."""
        letter = f"To: {recipient}\nSubject: Now\n\nText\n".encode()
        self.run(product, "enqueue", "-", stdin=letter)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """A clock that is right for now."""
    if not _LIBRARIES:
        if os.environ.get("CI"):
            pytest.fail("libfaketime is not installed")
        pytest.skip("libfaketime is not installed")
    made = Clock(tmp_path / "clock")
    made.set(timedelta())
    return made


@dataclass(frozen=True)
class Waiting:
    """What waits in the queue before the clock is set: when each is due, from now."""

    before: dict[str, timedelta]

    def unmoved(self, rows: list[Row], clock: Clock) -> bool:
        """Whether each is due as far from now as it was, but for the seconds gone by since."""
        now = clock.now()
        after = {row.email: row.next - now for row in rows if row.next is not None}
        return all(
            email in after and timedelta(0) <= wait - after[email] <= timedelta(seconds=60)
            for email, wait in self.before.items()
        )


def putting_off() -> AbstractContextManager[ScriptedServer]:
    """A server that leaves ANN for an hour, and the first message for anybody else unanswered."""
    answers: Answers = {
        f"RCPT {ANN}": "451 4.7.1 try again in 60 minutes",
        "END": [drop, POLITE["END"]],
    }
    return scripted_server(answers)


def fill(product: Product, clock: Clock, running: Sender) -> Waiting:
    """One email DEFERRED for an hour, one UNCERTAIN for a quarter of one."""
    product.accept(ANN)
    running.wait(f"deferred: {ANN}")
    product.accept(BOB)
    running.wait(f"uncertain: {BOB}")
    until(lambda: {row.status for row in product.queue()} == {"DEFERRED", "UNCERTAIN"})
    now = clock.now()
    return Waiting({row.email: row.next - now for row in product.queue() if row.next is not None})


def stays_as_it_was(
    product: Product, clock: Clock, running: Sender, waiting: Waiting, new: str
) -> None:
    """New mail goes at once; what waits goes on waiting, neither sooner nor ages later."""
    clock.accept(product, new)
    running.wait(f" sent: {new} ")
    until(lambda: waiting.unmoved(product.queue(), clock), lambda: (product.queue(), clock.now()))
    statuses = {row.email: (row.status, row.attempts) for row in product.queue()}
    assert statuses == {ANN: ("DEFERRED", 1), BOB: ("UNCERTAIN", 1)}
    assert running.holding(f" {ANN} through ")[1:] == []
    assert running.holding(f" {BOB} through ")[1:] == []


def while_it_runs(product: Product, clock: Clock, jump: timedelta) -> None:
    with putting_off() as server:
        product.provider(server.port)
        with sender(product, environment=clock.environment) as running:
            waiting = fill(product, clock, running)
            clock.set(jump)
            stays_as_it_was(product, clock, running, waiting, CAT)
            clock.set(timedelta())  # and somebody sets it right
            stays_as_it_was(product, clock, running, waiting, "dan@example.net")
            assert running.end() == 0


@pytest.mark.parametrize("jump", sampled([(jump,) for jump in reversed(JUMPS.values())], 3))
def test_a_clock_set_while_the_sender_runs_sends_and_expires_nothing(
    product: Product, clock: Clock, jump: timedelta
) -> None:
    while_it_runs(product, clock, jump)


@pytest.mark.parametrize("jump", sampled([(jump,) for jump in JUMPS.values()], 3))
def test_a_clock_set_while_no_sender_runs_sends_and_expires_nothing(
    product: Product, clock: Clock, jump: timedelta
) -> None:
    with putting_off() as server:
        product.provider(server.port)
        with sender(product, environment=clock.environment) as running:
            waiting = fill(product, clock, running)
            assert running.end() == 0
        product.accept(CAT)  # due now, by the clock that is about to change
        clock.set(jump)
        with sender(product, environment=clock.environment) as running:
            running.wait(f" sent: {CAT} ")
            stays_as_it_was(product, clock, running, waiting, "dan@example.net")


def test_mail_that_was_queued_by_the_new_time_is_due(product: Product, clock: Clock) -> None:
    with putting_off() as server:
        product.provider(server.port)
        with sender(product, environment=clock.environment) as running:
            fill(product, clock, running)
            assert running.end() == 0
        clock.set(timedelta(days=1))
        clock.accept(product, CAT)
        with sender(product, environment=clock.environment) as running:
            running.wait(f" sent: {CAT} ")
            assert running.end() == 0


def test_nothing_expires_because_the_clock_was_set(product: Product, clock: Clock) -> None:
    """A server that puts mail off all the time, and a jump over the five days."""
    with scripted_server({"RCPT": "451 4.7.1 later"}) as server:
        product.provider(server.port)
        environment = clock.environment
        with sender(
            product, environment=environment, retry_delays=[0.3], retry_repeat=0.3
        ) as running:
            product.accept(ANN)
            product.accept(BOB)
            running.wait("deferred: ", 4)
            clock.set(JUMPS["ten years forward"])
            running.wait("deferred: ", 10)
            assert running.holding("failed: ") == []
            assert {row.status for row in product.queue()} <= {"DEFERRED", "IN PROGRESS"}


def test_a_limit_does_not_last_until_the_old_time_comes_again(
    product: Product, clock: Clock
) -> None:
    with scripted_server() as server:
        product.provider(server.port, limit_per_second=2)
        with sender(product, environment=clock.environment) as running:
            for _ in range(2):
                product.accept(ANN)
            running.wait(" sent: ", 2)
            clock.set(JUMPS["a day back"])
            for _ in range(3):
                clock.accept(product, BOB)
            running.wait(" sent: ", 5)


def test_control(product: Product, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.senders.PATIENCE", 2.0)
    product.quick = product.quick.breaking("clock_is_trusted")
    with pytest.raises(AssertionError):
        while_it_runs(product, clock, JUMPS["a day forward"])
