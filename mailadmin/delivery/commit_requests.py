"""What connections ask of the group commit, until it is in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mailadmin.domain.claim import Claim, Claimed, ClaimRequest, Recording


@dataclass(frozen=True, slots=True)
class Point:
    """A wish to pass the point of no return; `answer` gets the attempt IDs that may."""

    claims: Sequence[Claim]
    answer: asyncio.Future[frozenset[int]]

    def refuse(self, error: Exception) -> None:
        """It was not committed."""
        if not self.answer.done():
            self.answer.set_exception(error)
            self.answer.exception()  # nobody may be waiting any more, which is no fault to log


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish to claim mail: who gets it, who hears if nothing could be claimed, if it holds."""

    request: ClaimRequest
    taken: Callable[[Claimed], None]
    failed: Callable[[], None]
    holds: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Record:
    """Outcomes, and who hears once they are durable."""

    recordings: Sequence[Recording]
    recorded: Callable[[frozenset[int]], None]


@dataclass(frozen=True, slots=True)
class Change:
    """Something else to be written, and who hears once it is durable."""

    make: Callable[[], object]
    made: Callable[[], None]


@dataclass(slots=True)
class Requests:
    """What one turn is to commit.

    `records`, `returned` and `changes` are known and must reach the database, however long that
    takes; `points` and `wishes` are refused if it fails.
    """

    points: list[Point] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    returned: list[Claim] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.points or self.wishes or self.known)

    @property
    def known(self) -> bool:
        """Whether anything is among them that must reach the database."""
        return bool(self.records or self.returned or self.changes)

    def drop_what_is_over(self) -> None:
        """Leave out what nobody waits for any more.

        A point whose connection was cut meanwhile must not be committed: nothing was sent.
        """
        self.points = [point for point in self.points if not point.answer.done()]
        wishes, self.wishes = self.wishes, []
        for wish in wishes:
            if wish.holds():
                self.wishes.append(wish)
            else:
                wish.failed()

    def answer(self, live: frozenset[int], recorded: frozenset[int]) -> None:
        """Tell everybody but those who wish to claim that it is durable.

        `live` are the attempt IDs that may pass their point, `recorded` those whose outcome counts.
        """
        for point in self.points:
            point.answer.set_result(live)
        for record in self.records:
            record.recorded(recorded)
        for change in self.changes:
            change.made()

    def give(self, claimed: Sequence[Claimed]) -> None:
        """Hand out what was claimed for the first wishes, and leave these out."""
        given, self.wishes = self.wishes[: len(claimed)], self.wishes[len(claimed) :]
        for wish, answer in zip(given, claimed, strict=True):
            wish.taken(answer)

    def refuse(self, error: Exception) -> None:
        """Nothing of what is not known already will be done."""
        for point in self.points:
            point.refuse(error)
        for wish in self.wishes:
            wish.failed()
        self.points, self.wishes = [], []

    def add(self, newer: Requests) -> None:
        """Ask for these too, after what was asked for before."""
        self.points += newer.points
        self.wishes += newer.wishes
        self.records += newer.records
        self.returned += newer.returned
        self.changes += newer.changes
