"""What the administrator does to the queue, beside its model: a part of the state machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from mailadmin.domain.log import LogStatus
from mailadmin.domain.queue import BulkResult, QueueStatus, Resolution
from mailadmin.store import Store
from tests.store.queue_model import WAITING, Mail, QueueModel

STILL = WAITING | {QueueStatus.HELD, QueueStatus.FAILED}  # not being sent
ACTIONS = ("hold", "release", "send_now", "delete", "undelete")
A_FEW = st.lists(st.integers(0, 7), min_size=1, max_size=5, unique=True)


@dataclass
class Step:
    """A change that can be undone, and what its rows were before."""

    kind: str
    rows: dict[int, Mail] = field(default_factory=dict)

    @property
    def leaves(self) -> QueueStatus:
        """The status of its rows as long as nobody has had them since."""
        return QueueStatus.HELD if self.kind == "hold" else QueueStatus.QUEUED


class Administration(RuleBasedStateMachine):
    """Rules of the window and the command line."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: dict[int, Step] = {}  # by the token they are undone by

    store: Store
    model: QueueModel
    now: datetime
    removed: int  # rows removed by purging what had been deleted
    sent: int  # rows that left the queue as sent
    resent: int

    def bulk(self, result: BulkResult, ids: list[int], allowed: set[QueueStatus]) -> list[Mail]:
        """Check who was changed and who refused; gives the rows that were changed."""
        mails = self.model.mails
        can = {i for i in ids if i in mails and not mails[i].deleted and mails[i].status in allowed}
        assert set(result.changed) == can
        assert set(result.refused) == set(ids) - can
        assert all(result.refused.values())
        return [mails[i] for i in result.changed]

    @rule(action=st.sampled_from(ACTIONS), picks=A_FEW)
    def administer(self, action: str, picks: list[int]) -> None:
        getattr(self, action)(self.rows(picks))

    def rows(self, picks: list[int]) -> list[int]:
        """Some rows of the queue, and one that never was."""
        there = sorted(self.model.mails)
        return [there[pick] if pick < len(there) else 999 for pick in picks if pick <= len(there)]

    def note(self, kind: str, result: BulkResult, mails: Iterable[Mail]) -> list[Mail]:
        """Remember what a change can be undone to, before the model is changed."""
        noted = list(mails)
        assert (result.undo is None) == (not noted)
        if result.undo is not None:
            assert result.undo > max(self.steps, default=0)
            self.steps[result.undo] = Step(kind, {mail.id: replace(mail) for mail in noted})
        return noted

    def hold(self, ids: list[int]) -> None:
        result = self.store.queue.hold(ids, now=self.now)
        for mail in self.note("hold", result, self.bulk(result, ids, WAITING)):
            mail.status, mail.due = QueueStatus.HELD, None

    def release(self, ids: list[int]) -> None:
        result = self.store.queue.release(ids, now=self.now)
        changed = self.bulk(result, ids, {QueueStatus.HELD})
        for mail in self.note("release", result, changed):
            self.fresh(mail)

    def send_now(self, ids: list[int]) -> None:
        result = self.store.queue.send_now(ids, now=self.now)
        for mail in self.note("send now", result, self.bulk(result, ids, STILL)):
            self.fresh(mail)

    def fresh(self, mail: Mail) -> None:
        mail.status, mail.due, mail.step, mail.avoid = QueueStatus.QUEUED, self.now, 0, frozenset()

    def delete(self, ids: list[int]) -> None:
        result = self.store.queue.delete(ids, now=self.now)
        for mail in self.note("delete", result, self.bulk(result, ids, STILL)):
            mail.deleted = True
            if mail.email in self.model.log:
                self.model.log[mail.email] = (self.model.log[mail.email][0], None)

    def undelete(self, ids: list[int]) -> None:
        there = {i for i in ids if i in self.model.mails and self.can_return(self.model.mails[i])}
        assert set(self.store.queue.undelete(ids).changed) == there
        for queue_id in there:
            self.bring_back(self.model.mails[queue_id])
            for step in self.steps.values():
                if step.kind == "delete":
                    step.rows.pop(queue_id, None)

    @staticmethod
    def can_return(mail: Mail) -> bool:
        return mail.deleted and not mail.replaced

    def bring_back(self, mail: Mail) -> None:
        mail.deleted = False
        if mail.email in self.model.log:
            self.model.log[mail.email] = (self.model.log[mail.email][0], mail.id)

    @precondition(lambda self: self.steps)
    @rule(pick=st.integers(0, 3))
    def undo(self, pick: int) -> None:
        """Mostly the latest change."""
        token = sorted(self.steps, reverse=True)[min(pick, len(self.steps) - 1)]
        step = self.steps[token]
        if not step.rows:  # all of it was undone by and by
            del self.steps[token]
            return
        can = {i for i, before in step.rows.items() if self.untouched(token, step, before)}
        result = self.store.queue.undo(token)
        assert set(result.changed) == can
        assert set(result.refused) == set(step.rows) - can
        for queue_id in can:
            mail, before = self.model.mails[queue_id], step.rows.pop(queue_id)
            if step.kind == "delete":
                self.bring_back(mail)
            elif step.kind == "resend":
                del self.model.mails[queue_id]
                self.model.log[mail.email] = (self.model.log[mail.email][0], None)
                self.removed += 1
                for old in self.rows_of(mail.email):
                    old.replaced -= {token}
            else:
                mail.status, mail.due = before.status, before.due
                mail.step, mail.avoid = before.step, before.avoid
        if not step.rows:
            del self.steps[token]

    def untouched(self, token: int, step: Step, before: Mail) -> bool:
        """Whether nobody has had a row since, so that it may become what it was."""
        mail = self.model.mails.get(before.id)
        later = any(before.id in s.rows for other, s in self.steps.items() if other > token)
        if mail is None or later or mail.epoch != before.epoch:
            return False
        if step.kind == "delete":
            return self.can_return(mail)
        return mail.status is step.leaves and not mail.deleted

    def rows_of(self, email: int) -> list[Mail]:
        return [mail for mail in self.model.mails.values() if mail.email == email]

    @rule()
    def purge(self) -> None:
        old = [mail.id for mail in self.model.mails.values() if mail.deleted]
        before = self.now + timedelta(seconds=1)
        assert self.store.queue.purge_deleted(before=before) == len(old)
        for queue_id in old:
            del self.model.mails[queue_id]
        self.removed += len(old)
        self.steps.clear()

    @rule(picks=A_FEW, resolution=st.sampled_from(Resolution))
    def resolve(self, picks: list[int], resolution: Resolution) -> None:
        ids = self.rows(picks)
        open_to_it = {QueueStatus.UNCERTAIN, QueueStatus.HELD, QueueStatus.DEFERRED}
        unsure = [i for i in ids if i in self.model.mails and self.model.mails[i].unknown]
        result = self.store.queue.resolve(ids, resolution, now=self.now)
        assert set(ids) - set(unsure) <= set(result.refused)
        sure = {i: why for i, why in result.refused.items() if i in unsure}
        for mail in self.bulk(BulkResult(result.changed, sure), unsure, open_to_it):
            if resolution is Resolution.RESEND:
                self.fresh(mail)
            else:
                del self.model.mails[mail.id]
                self.model.log[mail.email] = (LogStatus.SUCCESS, None)
                self.sent += 1

    @rule(picks=A_FEW)
    def resend(self, picks: list[int]) -> None:
        entries = [*sorted(self.model.log), 999]
        emails = [entries[-1 - pick] for pick in picks if pick < len(entries)]
        free = [e for e in emails if e in self.model.log and self.model.log[e][1] is None]
        result = self.store.queue.resend(emails, now=self.now)
        assert list(result.changed) == free
        again: list[Mail] = []
        for email in free:
            for old in self.rows_of(email):
                assert old.deleted
                assert result.undo is not None
                old.replaced |= {result.undo}
            queue_id = self.store.log.get(email).active_queue_id
            assert queue_id is not None
            self.model.mails[queue_id] = Mail(queue_id, email, 10, self.now)
            self.model.log[email] = (self.model.log[email][0], queue_id)
            self.resent += 1
            again.append(self.model.mails[queue_id])
        self.note("resend", result, again)
