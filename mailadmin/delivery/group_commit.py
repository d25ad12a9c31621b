"""Group commit: what many connections have to write goes into one transaction, and one fsync.

The event loop gathers what its connections ask for while it serves the network; at the end of that
turn all of it is committed together. The transaction runs in the loop's own thread: its statements
are few and work on whole batches, and a second thread would spend longer waiting for the
interpreter than the disk takes. Everything the sender knows is kept until the database has it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mailadmin.delivery.options import DeliveryOptions
from mailadmin.domain.claim import Claim, Claimed, ClaimRequest, Recording
from mailadmin.domain.errors import StorageBusy, StorageError, StorageSyncFailed
from mailadmin.store import Store

_GATHER = 0.002  # seconds at most that a commit waits for others to join it
_GATHER_CROWD = 0.004  # the same where many came together the last time
_CROWD = 8  # messages of one commit
_ENOUGH = 0.95  # share of the connections at work that need not wait for the others
_BUSY_WAIT = 0.03  # seconds until a database that another program holds is asked again


@dataclass(slots=True)
class _Point:
    claims: Sequence[Claim]
    answer: asyncio.Future[frozenset[int]]


@dataclass(slots=True)
class _Wish:
    request: ClaimRequest
    taken: Callable[[Claimed], None]
    failed: Callable[[], None]
    holds: Callable[[], bool]


@dataclass(slots=True)
class _Record:
    recordings: Sequence[Recording]
    recorded: Callable[[frozenset[int]], None]


@dataclass(slots=True)
class _Change:
    make: Callable[[], object]
    made: Callable[[], None]


@dataclass(slots=True)
class _Kept:
    """What is known and must reach the database, however long that takes."""

    records: list[_Record] = field(default_factory=list)
    returned: list[Claim] = field(default_factory=list)
    also: list[_Change] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.records or self.returned or self.also)


class GroupCommit:
    """The sender's writes. Belongs to one event loop, in whose thread it uses the store.

    `trouble` is why the database takes nothing now, or None. `busy` gives the number of messages in
    transmission; `on_change` is called when trouble came or went, and when nothing is left to be
    written.
    """

    def __init__(
        self,
        store: Store,
        owner: str,
        options: DeliveryOptions,
        *,
        busy: Callable[[], int],
        on_change: Callable[[], None],
    ) -> None:
        self.trouble: StorageError | None = None
        self.bug: BaseException | None = None  # what no retry can mend: the sender has to stop
        self._store = store
        self._owner = owner
        self._options = options
        self._busy = busy
        self._on_change = on_change
        self._points: list[_Point] = []
        self._wishes: list[_Wish] = []
        self._kept = _Kept()
        self._turn_due: asyncio.Handle | None = None
        self._turn_at = 0.0  # time.monotonic()
        self._gather = _GATHER
        self._rest_until = 0.0  # time.monotonic()
        self._busy_since: float | None = None  # time.monotonic()

    # What the connections ask for ------------------------------------------------------------

    async def pass_points(self, claims: Sequence[Claim]) -> frozenset[int]:
        """Commit that the final dot may be sent for `claims`; gives the attempt IDs it may be.

        Raises `StorageError` if that could not be committed.
        """
        answer: asyncio.Future[frozenset[int]] = asyncio.get_running_loop().create_future()
        if self.resting:
            raise self.trouble or StorageBusy("")
        self._points.append(_Point(claims, answer))
        # Others are on their way to this point: one commit for all of them is worth the moment.
        self._schedule(self._gather if len(self._points) < self._busy() * _ENOUGH else 0.0)
        return await answer

    def claim(
        self,
        request: ClaimRequest,
        taken: Callable[[Claimed], None],
        failed: Callable[[], None],
        *,
        holds: Callable[[], bool] = lambda: True,
    ) -> None:
        """Claim due mail for `taken`; `failed` is called if the database does not let it.

        Nor is it claimed if `holds` says by then that it is wanted no more: what the provider has
        just failed would seem due for it again.

        Callbacks, because what was claimed must reach somebody: a task could be cancelled before
        it gets its answer.
        """
        if self.resting:
            failed()
            return
        self._wishes.append(_Wish(request, taken, failed, holds))
        self._schedule(self._gather if self._busy() else 0.0)

    def record(
        self, recordings: Sequence[Recording], recorded: Callable[[frozenset[int]], None]
    ) -> None:
        """Commit outcomes soon; kept and tried again for as long as the database fails.

        Once they are durable `recorded` gets the attempt IDs of those whose claim was still live.
        """
        self._kept.records.append(_Record(recordings, recorded))
        self._schedule(self._gather)

    def give_back(self, claims: Sequence[Claim]) -> None:
        """Return email that can't have been sent, soon."""
        self._kept.returned.extend(claims)
        self._schedule()

    def also(self, make: Callable[[], object], made: Callable[[], None] = lambda: None) -> None:
        """Do `make`, which writes to the store, in the next transaction; `made` is called after it.

        It may be called more than once, if the transaction fails.
        """
        self._kept.also.append(_Change(make, made))
        self._schedule(self._gather)

    @property
    def unrecorded(self) -> bool:
        """Whether something is known that the database does not have yet."""
        return bool(self._kept)

    def resume(self) -> None:
        """The administrator wants to go on: also after a sync of the disk had failed."""
        if not math.isinf(self._rest_until):
            return
        try:
            self._store.acknowledge_sync_failure()
        except StorageError as trouble:
            self.trouble = trouble
            return
        self.trouble = None
        self._rest_until = 0.0
        self._schedule()

    def flush(self, patience: float) -> bool:
        """Commit what is kept now, waiting at most `patience` seconds for another program.

        For the end of a run. False if it could not be done: the next start settles it.
        """
        self._fail_waiting(self.trouble or StorageBusy(""))
        if not self._kept:
            return True
        self._rest_until = 0.0
        try:
            self._store.be_patient(patience)
            self._turn(again=False)
        except StorageError as trouble:
            self.trouble = trouble
        return not self._kept

    # The turn --------------------------------------------------------------------------------

    @property
    def resting(self) -> bool:
        """Whether the database is left alone for a while because it failed."""
        return self.trouble is not None and time.monotonic() < self._rest_until

    def _schedule(self, after: float = 0.0) -> None:
        """Have a turn in `after` seconds, or sooner if one is due sooner."""
        if self.resting:
            if math.isinf(self._rest_until):
                return
            after = max(after, self._rest_until - time.monotonic())
        due = time.monotonic() + after
        if self._turn_due is not None:
            if due >= self._turn_at:
                return
            self._turn_due.cancel()
        loop = asyncio.get_running_loop()
        self._turn_at = due
        self._turn_due = loop.call_later(after, self._turn) if after else loop.call_soon(self._turn)

    def fail(self, bug: BaseException) -> None:
        """Note what no retry can mend."""
        self.bug = self.bug or bug
        self._on_change()

    def _turn(self, again: bool = True) -> None:
        """Commit everything that was asked for since the last turn."""
        self._turn_due = None
        try:
            self._take_turn(again)
        except Exception as bug:  # noqa: BLE001 - told by whoever runs the sender
            self.fail(bug)

    def _take_turn(self, again: bool) -> None:
        points, self._points = self._points, []
        wishes, self._wishes = self._still_held(self._wishes), []
        kept, self._kept = self._kept, _Kept()
        # A point whose connection was cut meanwhile must not be committed: nothing was sent.
        points = [point for point in points if not point.answer.done()]
        self._gather = _GATHER_CROWD if len(points) >= _CROWD else _GATHER
        claimed: list[Claimed] = []
        live = recorded = frozenset[int]()
        try:
            if points or kept:
                live, recorded = self._commit(points, wishes, kept, claimed)
            else:  # an idle sender looks for mail without taking the write lock
                self._claim(wishes, claimed)
        except StorageError as trouble:
            if points or kept:
                claimed = []  # rolled back with the rest
            self._give(wishes, claimed)
            self._put_back(kept)
            self._failed(trouble, points, wishes[len(claimed) :], again=again)
        except Exception as bug:
            for point in points:
                _refuse(point.answer, bug)
            raise
        else:
            self._done(points, live, kept, recorded)
            self._give(wishes, claimed)
            if not (self._points or self._wishes or self._kept):
                self._on_change()

    def _done(
        self,
        points: Sequence[_Point],
        live: frozenset[int],
        kept: _Kept,
        recorded: frozenset[int],
    ) -> None:
        """Tell everybody that it is durable."""
        self._busy_since = None
        if self.trouble is not None:
            self.trouble = None
            self._on_change()
        for point in points:
            point.answer.set_result(live)
        for record in kept.records:
            record.recorded(recorded)
        for change in kept.also:
            change.made()

    def _commit(
        self,
        points: Sequence[_Point],
        wishes: Sequence[_Wish],
        kept: _Kept,
        claimed: list[Claimed],
    ) -> tuple[frozenset[int], frozenset[int]]:
        claims = self._store.claims
        now = datetime.now(UTC)
        live = recorded = frozenset[int]()
        with claims.together():
            if kept.records:
                recorded = claims.record_all(
                    [one for record in kept.records for one in record.recordings], now=now
                )
            if kept.returned:
                claims.give_back_all(kept.returned, now=now)
            for change in kept.also:
                change.make()
            if points:
                live = claims.pass_points(
                    [claim for point in points for claim in point.claims], now=now
                )
            self._claim(wishes, claimed)
        return live, recorded

    def _claim(self, wishes: Sequence[_Wish], claimed: list[Claimed]) -> None:
        for wish in wishes:
            claimed.append(
                self._store.claims.claim(self._owner, wish.request, lease=self._options.lease)
            )

    @staticmethod
    def _still_held(wishes: Sequence[_Wish]) -> list[_Wish]:
        held = []
        for wish in wishes:
            if wish.holds():
                held.append(wish)
            else:
                wish.failed()
        return held

    @staticmethod
    def _give(wishes: Sequence[_Wish], claimed: Sequence[Claimed]) -> None:
        for wish, answer in zip(wishes, claimed, strict=False):
            wish.taken(answer)

    # When it fails ---------------------------------------------------------------------------

    def _failed(
        self,
        trouble: StorageError,
        points: Sequence[_Point],
        wishes: Sequence[_Wish],
        *,
        again: bool,
    ) -> None:
        if isinstance(trouble, StorageBusy) and again and self._still_patient():
            self._points[:0] = points
            self._wishes[:0] = wishes
            self._schedule(_BUSY_WAIT)
        else:
            self._suffer(trouble, points, wishes, again=again)

    def _still_patient(self) -> bool:
        now = time.monotonic()
        if self._busy_since is None:
            self._busy_since = now
        return self.trouble is None and now - self._busy_since < self._options.storage_wait

    def _suffer(
        self,
        trouble: StorageError,
        points: Sequence[_Point],
        wishes: Sequence[_Wish],
        *,
        again: bool,
    ) -> None:
        """Nothing new is begun for a while; what is known is tried again after it."""
        self._busy_since = None
        self.trouble = trouble
        # What a failed sync left on the disk nobody knows: trying again could seem to work.
        lasting = isinstance(trouble, StorageSyncFailed)
        self._rest_until = math.inf if lasting else time.monotonic() + self._options.storage_pause
        for point in points:
            _refuse(point.answer, trouble)
        for wish in wishes:
            wish.failed()
        if again:
            if self._kept:
                self._schedule()
            self._on_change()

    def _put_back(self, kept: _Kept) -> None:
        newer, self._kept = self._kept, kept
        kept.records += newer.records
        kept.returned += newer.returned
        kept.also += newer.also

    def _fail_waiting(self, trouble: StorageError) -> None:
        if self._turn_due is not None:
            self._turn_due.cancel()
            self._turn_due = None
        for point in self._points:
            _refuse(point.answer, trouble)
        for wish in self._wishes:
            wish.failed()
        self._points, self._wishes = [], []


def _refuse(answer: asyncio.Future[frozenset[int]], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
        answer.exception()  # nobody may be waiting any more, which is no fault to log
