"""The two sides that must agree: what the database says became of mail, and what the server has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import apsw

from mailadmin.domain.log import LogStatus
from mailadmin.domain.queue import QueueStatus
from tests.faults.recording_server import Accepted

UNKNOWN = {QueueStatus.UNCERTAIN, QueueStatus.HELD}
"""What mail may be of which nobody knows whether the server has it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt, as it is in the database."""

    passed: bool  # the point of no return
    flagged: bool  # as a possible duplicate
    outcome: str | None


@dataclass
class Account:
    """What the database says of one recipient."""

    queue_id: int | None = None
    status: str | None = None  # in the Queue; None: not there
    logged: str | None = None  # in the Log; None: not there
    wait: float | None = None  # seconds from the last attempt to the next one
    tries: list[Tried] = field(default_factory=list)

    @property
    def flagged(self) -> int:
        """How many attempts were flagged as possible duplicates."""
        return sum(one.flagged for one in self.tries)


def accounts(database: Path) -> dict[str, Account]:
    """What the database says, by recipient; each has one message in these tests."""
    found: dict[str, Account] = {}
    with closing(reader(database)) as connection:
        for queue_id, recipient, status, last, following in connection.execute(
            "SELECT id, recipient, status, last_attempt_at, next_attempt_at FROM queue"
            " WHERE deleted_at IS NULL"
        ):
            assert recipient not in found, f"{recipient} is queued twice"
            found[recipient] = Account(queue_id, status)
            if last and following:
                wait = datetime.fromisoformat(following) - datetime.fromisoformat(last)
                found[recipient].wait = wait.total_seconds()
        for recipient, status in connection.execute("SELECT recipient, status FROM journal"):
            found.setdefault(recipient, Account()).logged = status
        for recipient, passed, flagged, outcome in connection.execute(
            "SELECT recipient, point_of_no_return_at, possible_duplicate, outcome"
            " FROM attempt JOIN journal ON journal.id = email_id ORDER BY attempt.id"
        ):
            found[recipient].tries.append(Tried(passed is not None, bool(flagged), outcome))
    return found


def reader(database: Path) -> apsw.Connection:
    """A connection that only looks."""
    connection = apsw.Connection(database.as_uri() + "?mode=ro", flags=_LOOK)
    connection.set_busy_timeout(10_000)
    return connection


_LOOK = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI


def copies(accepted: Iterable[Accepted]) -> Counter[str]:
    """How often the server has taken mail for each recipient."""
    return Counter(recipient for message in accepted for recipient in message.recipients)


def faults_after_crash(found: dict[str, Account], taken: Counter[str]) -> Iterator[str]:
    """What is wrong right after a crash: nothing the server has may look as if it were unsent."""
    for recipient, number in taken.items():
        account = found.get(recipient)
        if account is None:
            yield f"{recipient}: delivered and unknown"
        elif account.status is not None and not any(one.passed for one in account.tries):
            yield f"{recipient}: delivered {number}×, and looks unsent: {account}"


def faults_at_rest(
    found: dict[str, Account], taken: Counter[str], expected: Iterable[str]
) -> Iterator[str]:
    """What is wrong once a sender has done all it may; `expected` was accepted by us.

    Accepted = delivered + what waits for the administrator, and each copy too many was flagged.
    """
    expected = set(expected)
    for recipient in expected - set(found):
        yield f"{recipient}: lost, delivered {taken[recipient]}×"
    for recipient in (set(found) | set(taken)) - expected:
        yield f"{recipient}: was never accepted"
    for recipient in expected & set(found):
        account, number = found[recipient], taken[recipient]
        told = f"{recipient}: delivered {number}×, {account}"
        if number > 1 + account.flagged:
            yield f"sent twice unsaid: {told}"
        if account.status is None:
            if account.logged != LogStatus.SUCCESS:
                yield f"left the queue unsent: {told}"
            elif not number:
                yield f"called sent: {told}"
        elif account.status not in UNKNOWN:
            yield f"neither delivered nor waiting for somebody: {told}"
        elif not any(one.passed for one in account.tries):
            yield f"unknown without a reason: {told}"
