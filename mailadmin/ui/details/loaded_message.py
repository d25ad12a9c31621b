"""Everything that the details of one email show, read in a background thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailadmin.domain.errors import KnownError
from mailadmin.domain.log import Attempt, LogEntry
from mailadmin.domain.message import StoredMessage
from mailadmin.domain.queue import QueuedEmail
from mailadmin.store import Store
from mailadmin.ui.bulk.decisions import is_open
from mailadmin.ui.details.message_body import MessageBody, read_body
from mailadmin.ui.words.status_words import Status

_QUICKLY_READ = 256 * 1024  # bytes; larger messages don't keep other readings waiting


@dataclass(frozen=True, slots=True)
class EmailState:
    """The state of an email: what changes while its details are open."""

    status: Status
    next_attempt_date: datetime | None
    attempts: tuple[Attempt, ...]
    reason: str = ""
    undecided: int | None = None  # queue ID, if the administrator has to decide whether it arrived


@dataclass(frozen=True, slots=True)
class LoadedMessage:
    """One row of Queue or Log with its message and attempts."""

    row_id: int
    email_id: int
    stored_id: int
    email: str
    subject: str
    state: EmailState
    stored: StoredMessage | None
    body: MessageBody | None  # None: it takes longer to read, or there is a problem
    problem: KnownError | None  # why the message itself can't be shown


def load_queued(store: Store, queue_id: int) -> LoadedMessage:
    """Read the row of the Queue with this ID. Raises `NotFound`."""
    row = store.queue.get(queue_id)
    return _load(store, queue_id, row.email_id, row)


def load_logged(store: Store, email_id: int) -> LoadedMessage:
    """Read the entry of the Log with this ID. Raises `NotFound`."""
    entry = store.log.get(email_id)
    return _load(store, email_id, email_id, entry)


def load_body(store: Store, stored_id: int) -> MessageBody:
    """Read the body of a message, however large it is. Raises `NotFound`, `MessageDamaged`."""
    return read_body(store.messages.content(stored_id))


def load_email_state(store: Store, email_id: int) -> EmailState:
    """Read the present state of an email, queued or not. Raises `NotFound` if it was deleted."""
    attempts = tuple(store.log.attempts(email_id))
    if attempts:
        entry = store.log.get(email_id)
        if entry.active_queue_id is None:
            return EmailState(entry.status, None, attempts)
        row = store.queue.get(entry.active_queue_id)
    else:
        row = store.queue.get(email_id)  # before its first attempt its email ID is its queue ID
    undecided = row.id if is_open(row.status, row.possible_duplicate) else None
    return EmailState(row.status, row.next_attempt_date, attempts, row.reason, undecided)


def _load(store: Store, row_id: int, email_id: int, row: QueuedEmail | LogEntry) -> LoadedMessage:
    stored: StoredMessage | None = None
    body: MessageBody | None = None
    problem: KnownError | None = None
    try:
        stored = store.messages.get(row.stored_id)
        if stored.size <= _QUICKLY_READ:
            body = load_body(store, row.stored_id)
    except KnownError as error:  # the attempts can be shown all the same
        problem = error
    return LoadedMessage(
        row_id=row_id,
        email_id=email_id,
        stored_id=row.stored_id,
        email=row.email,
        subject=row.subject,
        state=load_email_state(store, email_id),
        stored=stored,
        body=body,
        problem=problem,
    )
