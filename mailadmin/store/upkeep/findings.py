"""What a check of the database can find, and what to do about each of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, KnownError


class FindingKind(StrEnum):
    """What can be wrong."""

    DAMAGED_FILE = "damaged file"
    BROKEN_REFERENCE = "broken reference"
    DAMAGED_MESSAGE = "damaged message"
    MISSING_CONTENT = "missing content"
    UNUSED_MESSAGE = "unused message"
    LOST_QUEUE_ID = "lost queue ID"
    ATTEMPT_WITHOUT_EMAIL = "attempt without email"
    ABANDONED_CLAIM = "abandoned claim"
    NEVER_DUE = "never due"
    DUE_UNASKED = "due unasked"
    WRONG_COUNTS = "wrong counts"
    UNKNOWN_DRIVER = "unknown driver"
    WRONG_COLUMNS = "wrong columns"


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of thing that is wrong. `ids` are the first ones, `count` is how many there are.

    `problem` says in one or two sentences what it is and what to do.
    """

    kind: FindingKind
    count: int
    ids: tuple[int, ...]
    problem: KnownError


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found. `complete` is False if it was cancelled."""

    findings: tuple[Finding, ...] = ()
    messages_checked: int = 0
    bytes_checked: int = 0  # of messages
    schema_version: int = 0
    complete: bool = True

    @property
    def sound(self) -> bool:
        """Whether everything was looked at and nothing is wrong."""
        return self.complete and not self.findings


ADVICE = {
    FindingKind.DAMAGED_FILE: QT_TRANSLATE_NOOP(
        "KnownError",
        "The database file is damaged in {count} places ({detail}). Stop sending, keep a copy of "
        "the file and of those beside it, and put a backup in its place.",
    ),
    FindingKind.BROKEN_REFERENCE: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} rows point at rows that are gone ({detail}). Something else has changed the "
        "database: put a backup in its place.",
    ),
    FindingKind.DAMAGED_MESSAGE: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} stored messages are not the bytes that were accepted (messages {ids}). They will "
        "not be sent: delete what is queued of them{queued} and hand the messages in again, or put "
        "a backup in the database's place. Check the disk.",
    ),
    FindingKind.MISSING_CONTENT: QT_TRANSLATE_NOOP(
        "KnownError",
        "Of {count} stored messages the bytes are gone (messages {ids}). They can't be sent: "
        "delete what is queued of them{queued} and hand the messages in again, or put a backup in "
        "the database's place.",
    ),
    FindingKind.UNUSED_MESSAGE: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} stored messages belong to nothing in the Queue or the Log (messages {ids}). They "
        "take up space and do no harm: nothing has to be done.",
    ),
    FindingKind.LOST_QUEUE_ID: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} emails of the Log name a place in the Queue that is gone (Log IDs {ids}). Whether "
        "they were sent is shown by their attempts; send those that were not again by Resend.",
    ),
    FindingKind.ATTEMPT_WITHOUT_EMAIL: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} attempts belong to no email of the Log (attempts {ids}). What they were about is "
        "lost: put a backup in the database's place if you need it.",
    ),
    FindingKind.ABANDONED_CLAIM: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} emails are IN PROGRESS by a sender that runs no more (queue IDs {ids}). They are "
        "settled as soon as sending is started again, here or with “mailadmin send”.",
    ),
    FindingKind.NEVER_DUE: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} waiting emails have no next attempt date and would never be sent (queue IDs "
        "{ids}). Choose Send now for them, or use “mailadmin queue retry”.",
    ),
    FindingKind.DUE_UNASKED: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} emails that are held, failed or in progress have a next attempt date and would be "
        "sent (queue IDs {ids}). Delete them if they must not be.",
    ),
    FindingKind.WRONG_COUNTS: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} numbers kept of the queue are not those of its rows ({detail}). No mail is "
        "concerned, only what is shown as the total; something else has changed the database.",
    ),
    FindingKind.UNKNOWN_DRIVER: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} providers have settings that no driver of this version understands (provider "
        "IDs {ids}; driver: {detail}). Nothing is sent through them: update Mail Admin, or delete "
        "them.",
    ),
    FindingKind.WRONG_COLUMNS: QT_TRANSLATE_NOOP(
        "KnownError",
        "{count} providers are shown with other values than they are used with (provider IDs "
        "{ids}). Something else has changed the database: give each its caption once more, with "
        "“mailadmin providers edit”.",
    ),
}
