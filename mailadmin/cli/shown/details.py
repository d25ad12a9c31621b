"""Everything about one email: its row, its message and every attempt to send it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailadmin.cli.frame.output import Output, cell, json_object, write_table
from mailadmin.domain.log import Attempt
from mailadmin.domain.message import StoredMessage
from mailadmin.tables.column import Column, Kind, Value

ATTEMPTS: tuple[Column[Attempt], ...] = (
    Column("number", "No.", Kind.NUMBER),
    Column("started_at", "Started", Kind.DATE),
    Column("finished_at", "Finished", Kind.DATE),
    Column("duration", "Seconds", Kind.NUMBER),
    Column("provider", "Provider", of=lambda attempt: attempt.provider_caption),
    Column("stage", "Stage"),
    Column("outcome", "Outcome"),
    Column("possible_duplicate", "Duplicate?"),
    Column("reason", "Reason"),
    Column("reply", "Reply", of=lambda attempt: attempt.reply_text),
)

_IN_TABLE = ("number", "started_at", "duration", "provider", "stage", "outcome", "reason")

MESSAGE: tuple[Column[StoredMessage], ...] = (
    Column("header_from", "From"),
    Column("envelope_from", "Envelope from"),
    Column("message_id", "Message-ID"),
    Column("size", "Size in bytes", Kind.NUMBER),
    Column("sha256", "SHA-256"),
    Column("created_at", "Accepted", Kind.DATE),
    Column("source", "Came from"),
)


@dataclass(frozen=True, slots=True)
class Details:
    """One email. `fields` are its row for people, `row` the same for programs."""

    title: str
    fields: Mapping[str, Value]
    row: Mapping[str, object]
    message: StoredMessage
    attempts: Sequence[Attempt]

    def as_json(self) -> dict[str, object]:
        """The row's keys, and `message` and `attempts` beside them."""
        return {
            **self.row,
            "message": json_object(MESSAGE, self.message),
            "attempts": [json_object(ATTEMPTS, attempt) for attempt in self.attempts],
        }


def write_details(output: Output, shown: Sequence[Details]) -> None:
    """Write emails for a person, with an empty line between them."""
    for position, details in enumerate(shown):
        if position:
            output.line()
        output.line(details.title)
        fields = dict(details.fields)
        fields |= {column.title: column.value(details.message) for column in MESSAGE}
        label = max(map(len, fields))
        for title, value in fields.items():
            output.line(f"  {title:<{label}}  {cell(value)}".rstrip())
        if details.attempts:
            output.line()
            _write_attempts(output, details.attempts)


def _write_attempts(output: Output, attempts: Sequence[Attempt]) -> None:
    """The attempts as a table, and below it the replies, verbatim and whole."""
    table = [column for column in ATTEMPTS if column.key in _IN_TABLE]
    write_table(output, table, attempts)
    for attempt in attempts:
        if attempt.reply_text or attempt.possible_duplicate:
            output.line()
            duplicate = ", a possible duplicate" if attempt.possible_duplicate else ""
            output.line(f"Attempt {attempt.number}{duplicate}")
            for line in attempt.reply_text.splitlines():
                output.line(f"  < {line}")
