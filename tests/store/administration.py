"""What the administrator does to the queue, beside its model: a part of the state machine."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from mailadmin.core.domain import BulkResult, LogStatus, QueueStatus, Resolution
from mailadmin.store import Store
from tests.store.queue_model import WAITING, Mail, QueueModel

STILL = WAITING | {QueueStatus.HELD, QueueStatus.FAILED}  # not being sent
A_FEW = st.lists(st.integers(0, 7), min_size=1, max_size=5, unique=True)


class Administration(RuleBasedStateMachine):
    """Rules of the window and the command line."""

    store: Store
    model: QueueModel
    now: datetime
    removed: int  # rows removed by purging what had been deleted
    settled: int  # rows that left the queue as sent
    resent: int

    def bulk(self, result: BulkResult, ids: list[int], allowed: set[QueueStatus]) -> list[Mail]:
        """Check who was changed and who refused; gives the rows that were changed."""
        mails = self.model.mails
        can = {i for i in ids if i in mails and not mails[i].deleted and mails[i].status in allowed}
        assert set(result.changed) == can
        assert set(result.refused) == set(ids) - can
        assert all(result.refused.values())
        return [mails[i] for i in result.changed]

    @rule(
        action=st.sampled_from(("hold", "release", "send_now", "delete", "undelete")), picks=A_FEW
    )
    def administer(self, action: str, picks: list[int]) -> None:
        getattr(self, action)(self.rows(picks))

    def rows(self, picks: list[int]) -> list[int]:
        """Some rows of the queue, and one that never was."""
        there = sorted(self.model.mails)
        return [there[pick] if pick < len(there) else 999 for pick in picks if pick <= len(there)]

    def hold(self, ids: list[int]) -> None:
        for mail in self.bulk(self.store.outbox.hold(ids), ids, WAITING):
            mail.status, mail.due = QueueStatus.HELD, None

    def release(self, ids: list[int]) -> None:
        result = self.store.outbox.release(ids, now=self.now)
        for mail in self.bulk(result, ids, {QueueStatus.HELD}):
            self.fresh(mail)

    def send_now(self, ids: list[int]) -> None:
        result = self.store.outbox.send_now(ids, now=self.now)
        for mail in self.bulk(result, ids, STILL):
            self.fresh(mail)

    def fresh(self, mail: Mail) -> None:
        mail.status, mail.due, mail.step, mail.avoid = QueueStatus.QUEUED, self.now, 0, frozenset()

    def delete(self, ids: list[int]) -> None:
        for mail in self.bulk(self.store.outbox.delete(ids, now=self.now), ids, STILL):
            mail.deleted = True
            if mail.email in self.model.log:
                self.model.log[mail.email] = (self.model.log[mail.email][0], None)

    def undelete(self, ids: list[int]) -> None:
        there = {i for i in ids if i in self.model.mails and self.model.mails[i].deleted}
        assert set(self.store.outbox.undelete(ids).changed) == there
        for queue_id in there:
            mail = self.model.mails[queue_id]
            mail.deleted = False
            if mail.email in self.model.log:
                self.model.log[mail.email] = (self.model.log[mail.email][0], mail.id)

    @rule()
    def purge(self) -> None:
        old = [mail.id for mail in self.model.mails.values() if mail.deleted]
        before = self.now + timedelta(seconds=1)
        assert self.store.outbox.purge_deleted(before=before) == len(old)
        for queue_id in old:
            del self.model.mails[queue_id]
        self.removed += len(old)

    @rule(picks=A_FEW, resolution=st.sampled_from(Resolution))
    def resolve(self, picks: list[int], resolution: Resolution) -> None:
        ids = self.rows(picks)
        open_to_it = {QueueStatus.UNCERTAIN, QueueStatus.HELD, QueueStatus.DEFERRED}
        unsure = [i for i in ids if i in self.model.mails and self.model.mails[i].unknown]
        result = self.store.outbox.resolve(ids, resolution, now=self.now)
        assert set(ids) - set(unsure) <= set(result.refused)
        sure = {i: why for i, why in result.refused.items() if i in unsure}
        for mail in self.bulk(BulkResult(result.changed, sure), unsure, open_to_it):
            if resolution is Resolution.RESEND:
                self.fresh(mail)
            else:
                del self.model.mails[mail.id]
                self.model.log[mail.email] = (LogStatus.SUCCESS, None)
                self.settled += 1

    @rule(picks=A_FEW)
    def resend(self, picks: list[int]) -> None:
        entries = [*sorted(self.model.log), 999]
        emails = [entries[-1 - pick] for pick in picks if pick < len(entries)]
        free = [e for e in emails if e in self.model.log and self.model.log[e][1] is None]
        result = self.store.outbox.resend(emails, now=self.now)
        assert list(result.changed) == free
        for email in free:
            for old in [m for m in self.model.mails.values() if m.email == email]:
                assert old.deleted
                del self.model.mails[old.id]
                self.removed += 1
            queue_id = self.store.journal.get(email).active_queue_id
            assert queue_id is not None
            self.model.mails[queue_id] = Mail(queue_id, email, 10, self.now)
            self.model.log[email] = (self.model.log[email][0], queue_id)
            self.resent += 1
