"""All that the details of one email show, read in a background thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailadmin.core.domain import Attempt, StoredMessage
from mailadmin.core.errors import KnownError
from mailadmin.core.message import MessageOverview, read_overview
from mailadmin.store import Store
from mailadmin.ui.decisions import is_open
from mailadmin.ui.html_words import plain_text
from mailadmin.ui.status_words import Status

LONGEST_TEXT = 1_000_000  # characters shown of a text; the message itself is kept whole


@dataclass(frozen=True, slots=True)
class Progress:
    """How an email stands: what changes while its details are open."""

    status: Status
    next_attempt_date: datetime | None
    attempts: tuple[Attempt, ...]
    reason: str = ""
    undecided: int | None = None  # queue ID, if somebody is to decide whether it arrived


@dataclass(frozen=True, slots=True)
class LoadedMessage:
    """One row of Queue or Log with its message and attempts."""

    row_id: int
    email_id: int
    email: str
    subject: str
    status: Status
    reason: str
    next_attempt_date: datetime | None
    attempts: tuple[Attempt, ...]
    stored: StoredMessage | None
    overview: MessageOverview | None
    text: str
    text_is_from_html: bool
    problem: KnownError | None  # why the message itself can't be shown


def load_queued(store: Store, queue_id: int) -> LoadedMessage:
    """The row of the Queue with this ID. Raises `NotFound`."""
    row = store.outbox.get(queue_id)
    return _load(
        store,
        row_id=row.id,
        email_id=row.email_id,
        message_id=row.message_id,
        email=row.email,
        subject=row.subject,
        status=row.status,
        reason=row.reason,
        next_attempt_date=row.next_attempt_date,
    )


def load_logged(store: Store, email_id: int) -> LoadedMessage:
    """The entry of the Log with this ID. Raises `NotFound`."""
    entry = store.journal.get(email_id)
    return _load(
        store,
        row_id=entry.id,
        email_id=entry.id,
        message_id=entry.message_id,
        email=entry.email,
        subject=entry.subject,
        status=entry.status,
        reason=entry.reason,
        next_attempt_date=None,
    )


def load_progress(store: Store, email_id: int) -> Progress:
    """How an email stands now, in the queue or out of it. Raises `NotFound` if it is gone."""
    attempts = tuple(store.journal.attempts(email_id))
    if attempts:
        entry = store.journal.get(email_id)
        if entry.active_queue_id is None:
            return Progress(entry.status, None, attempts)
        row = store.outbox.get(entry.active_queue_id)
    else:
        row = store.outbox.get(email_id)  # before its first attempt the two are the same number
    undecided = row.id if is_open(row.status, row.possible_duplicate) else None
    return Progress(row.status, row.next_attempt_date, attempts, row.reason, undecided)


def _load(
    store: Store,
    *,
    row_id: int,
    email_id: int,
    message_id: int,
    email: str,
    subject: str,
    status: Status,
    reason: str,
    next_attempt_date: datetime | None,
) -> LoadedMessage:
    stored: StoredMessage | None = None
    overview: MessageOverview | None = None
    problem: KnownError | None = None
    text, from_html = "", False
    try:
        stored = store.messages.get(message_id)
        overview = read_overview(store.messages.content(message_id))
    except KnownError as error:  # the attempts can be shown nevertheless
        problem = error
    else:
        text = overview.text[:LONGEST_TEXT]
        if not text.strip() and overview.html:
            text, from_html = plain_text(overview.html[:LONGEST_TEXT]), True
    return LoadedMessage(
        row_id=row_id,
        email_id=email_id,
        email=email,
        subject=subject,
        status=status,
        reason=reason,
        next_attempt_date=next_attempt_date,
        attempts=tuple(store.journal.attempts(email_id)),
        stored=stored,
        overview=overview,
        text=text,
        text_is_from_html=from_html,
        problem=problem,
    )
