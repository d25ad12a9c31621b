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
from datetime import UTC, datetime

from mailadmin.delivery.agenda import Agenda
from mailadmin.delivery.commit_requests import Change, Point, Record, Requests, Wish
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.storage_rest import StorageRest
from mailadmin.delivery.traffic import Traffic
from mailadmin.domain.claim import Claim, Claimed, ClaimRequest, Recording
from mailadmin.domain.errors import StorageBusy, StorageError
from mailadmin.store import Store

_GATHER = 0.002  # seconds at most that a commit waits for others to join it
_GATHER_CROWD = 0.004  # the same where many came together the last time
_CROWD = 8  # messages of one commit
_ENOUGH = 0.95  # share of the connections at work that need not wait for the others
_BUSY_WAIT = 0.03  # seconds until a database that another program holds is asked again


class GroupCommit:
    """The sender's writes. Belongs to one event loop, in whose thread it uses the store.

    A turn of the loop is asked for when trouble came or went, and when nothing is left to be
    written.
    """

    def __init__(
        self,
        store: Store,
        owner: str,
        options: DeliveryOptions,
        agenda: Agenda,
        traffic: Traffic,
    ) -> None:
        self._store = store
        self._owner = owner
        self._lease = options.lease
        self._agenda = agenda
        self._traffic = traffic
        self._rest = StorageRest(options)
        self._bug: BaseException | None = None
        self._asked = Requests()
        self._turn_due: asyncio.Handle | None = None
        self._turn_at = 0.0  # time.monotonic()
        self._gather = _GATHER

    @property
    def trouble(self) -> StorageError | None:
        """Why the database takes nothing now, or None."""
        return self._rest.trouble

    @property
    def resting(self) -> bool:
        """Whether the database is left alone for a while because it failed."""
        return self._rest.seconds_left > 0

    @property
    def bug(self) -> BaseException | None:
        """What no retry can mend: the sender has to stop."""
        return self._bug

    @property
    def unrecorded(self) -> bool:
        """Whether something is known that the database does not have yet."""
        return self._asked.known

    # What the connections ask for ------------------------------------------------------------

    async def pass_points(self, claims: Sequence[Claim]) -> frozenset[int]:
        """Commit that the final dot may be sent for `claims`; gives the attempt IDs it may be.

        Raises `StorageError` if that could not be committed.
        """
        answer: asyncio.Future[frozenset[int]] = asyncio.get_running_loop().create_future()
        if self.resting:
            raise self.trouble or StorageBusy("")
        self._asked.points.append(Point(claims, answer))
        # Others are on their way to this point: one commit for all of them is worth the moment.
        all_there = len(self._asked.points) >= self._traffic.in_flight * _ENOUGH
        self._schedule(0.0 if all_there else self._gather)
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
        self._asked.wishes.append(Wish(request, taken, failed, holds))
        self._schedule(self._gather if self._traffic.in_flight else 0.0)

    def record(
        self, recordings: Sequence[Recording], recorded: Callable[[frozenset[int]], None]
    ) -> None:
        """Commit outcomes soon; kept and tried again for as long as the database fails.

        Once they are durable `recorded` gets the attempt IDs of those whose claim was still live.
        """
        self._asked.records.append(Record(recordings, recorded))
        self._schedule(self._gather)

    def give_back(self, claims: Sequence[Claim]) -> None:
        """Return email that can't have been sent, soon."""
        self._asked.returned.extend(claims)
        self._schedule()

    def also(self, make: Callable[[], object], made: Callable[[], None] = lambda: None) -> None:
        """Do `make`, which writes to the store, in the next transaction; `made` is called after it.

        It may be called more than once, if the transaction fails.
        """
        self._asked.changes.append(Change(make, made))
        self._schedule(self._gather)

    def resume(self) -> None:
        """The administrator wants to go on: also after a sync of the disk had failed."""
        if not math.isinf(self._rest.seconds_left):
            return
        try:
            self._store.acknowledge_sync_failure()
        except StorageError as trouble:
            self._rest.goes_on(trouble)
            return
        self._rest.end()
        self._schedule()

    def flush(self, patience: float) -> bool:
        """Commit what is kept now, waiting at most `patience` seconds for another program.

        For the end of a run. False if it could not be done: the next start settles it.
        """
        if self._turn_due is not None:
            self._turn_due.cancel()
            self._turn_due = None
        self._asked.refuse(self.trouble or StorageBusy(""))
        if not self.unrecorded:
            return True
        self._rest.interrupt()
        try:
            self._store.be_patient(patience)
            self._turn(again=False)
        except StorageError as trouble:
            self._rest.goes_on(trouble)
        return not self.unrecorded

    # The turn --------------------------------------------------------------------------------

    def _schedule(self, after: float = 0.0) -> None:
        """Have a turn in `after` seconds, or sooner if one is due sooner."""
        rest = self._rest.seconds_left
        if math.isinf(rest):
            return
        after = max(after, rest)
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
        self._bug = self._bug or bug
        self._agenda.turn()

    def _turn(self, again: bool = True) -> None:
        """Commit everything that was asked for since the last turn."""
        self._turn_due = None
        try:
            self._take_turn(again)
        except Exception as bug:  # noqa: BLE001 - told by whoever runs the sender
            self.fail(bug)

    def _take_turn(self, again: bool) -> None:
        asked, self._asked = self._asked, Requests()
        asked.drop_what_is_over()
        self._gather = _GATHER_CROWD if len(asked.points) >= _CROWD else _GATHER
        claimed: list[Claimed] = []
        live = recorded = frozenset[int]()
        writes = bool(asked.points or asked.known)
        try:
            if writes:
                live, recorded = self._commit(asked, claimed)
            else:  # an idle sender looks for mail without taking the write lock
                self._claim(asked, claimed)
        except StorageError as trouble:
            # What was claimed in the transaction was rolled back with the rest.
            asked.give([] if writes else claimed)
            self._failed(trouble, asked, again=again)
        except Exception as bug:
            for point in asked.points:
                point.refuse(bug)
            raise
        else:
            if self._rest.end():
                self._agenda.turn()
            asked.answer(live, recorded)
            asked.give(claimed)
            if not self._asked:
                self._agenda.turn()

    def _commit(
        self, asked: Requests, claimed: list[Claimed]
    ) -> tuple[frozenset[int], frozenset[int]]:
        claims = self._store.claims
        now = datetime.now(UTC)
        live = recorded = frozenset[int]()
        with claims.together():
            if asked.records:
                recorded = claims.record_all(
                    [one for record in asked.records for one in record.recordings], now=now
                )
            if asked.returned:
                claims.give_back_all(asked.returned, now=now)
            for change in asked.changes:
                change.make()
            if asked.points:
                live = claims.pass_points(
                    [claim for point in asked.points for claim in point.claims], now=now
                )
            self._claim(asked, claimed)
        return live, recorded

    def _claim(self, asked: Requests, claimed: list[Claimed]) -> None:
        for wish in asked.wishes:
            claimed.append(self._store.claims.claim(self._owner, wish.request, lease=self._lease))

    def _failed(self, trouble: StorageError, asked: Requests, *, again: bool) -> None:
        """What is known is tried again; other things too if another program only holds a lock."""
        newer, self._asked = self._asked, asked
        if isinstance(trouble, StorageBusy) and again and self._rest.may_wait_for_lock():
            asked.add(newer)
            self._schedule(_BUSY_WAIT)
            return
        self._rest.begin(trouble)
        asked.refuse(trouble)
        asked.add(newer)
        if again:
            if self.unrecorded:
                self._schedule()
            self._agenda.turn()
