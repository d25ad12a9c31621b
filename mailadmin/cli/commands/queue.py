"""`mailadmin queue`: the mail that was not sent yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mailadmin.cli.frame.failure import CommandFailed
from mailadmin.cli.frame.grammar import add_command, add_group, add_ids, add_json
from mailadmin.cli.frame.output import json_object, write_json
from mailadmin.cli.shown.details import Details, write_details
from mailadmin.cli.shown.listing import add_list_options, in_pages, table_query, write_list
from mailadmin.domain.domain_names import both_forms
from mailadmin.domain.queue import BulkResult, QueuedEmail, Resolution
from mailadmin.tables.column import Column, Value
from mailadmin.tables.queue import QUEUE

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Command, Options
    from mailadmin.store.queue.queue import Queue

_EXAMPLES = """\
  mailadmin queue list --status failed
  mailadmin queue show 1041
  mailadmin queue retry 1041 1042
  mailadmin queue list --json --search example.org
  mailadmin queue list --status uncertain --status held
  mailadmin queue resolve 1041 --sent
"""

_RESOLVE_EXAMPLES = """\
  mailadmin queue resolve 1041 1042 --sent
  mailadmin queue resolve 1043 --resend

For email that was handed over when the connection broke, so that nobody knows whether it arrived:
it is UNCERTAIN, or HELD with that reason. --sent takes it out of the queue as sent; --resend sends
it once more through the same provider, with the same Message-ID, and the recipient may get it
twice.
"""

_DUPLICATE: Column[QueuedEmail] = Column("possible_duplicate", "May have arrived")

Change = Callable[["Queue", Sequence[int]], BulkResult]


def declare(commands: Commands) -> None:
    """Add `queue` and its commands."""
    group = add_group(commands, "queue", "see and change unsent mail", examples=_EXAMPLES)
    listing = add_command(group, "list", "list unsent mail", run=list_queue)
    add_list_options(listing, QUEUE)
    show = add_command(group, "show", "show unsent emails with every attempt", run=show_queued)
    add_json(show)
    add_ids(show, "queue ID")
    changes: tuple[tuple[str, str, str, Change], ...] = (
        ("delete", "take emails out of the queue unsent", "deleted", lambda o, ids: o.delete(ids)),
        (
            "retry",
            "make emails due now, also held and failed ones",
            "made due",
            lambda o, ids: o.send_now(ids),
        ),
        ("hold", "keep emails from being sent until released", "held", lambda o, ids: o.hold(ids)),
        ("release", "let held emails be sent again", "released", lambda o, ids: o.release(ids)),
    )
    for name, summary, participle, change in changes:
        add_ids(add_command(group, name, summary, run=_changing(participle, change)), "queue ID")
    resolve = add_command(
        group,
        "resolve",
        "decide about emails of which nobody knows whether they arrived",
        run=resolve_uncertain,
        examples=_RESOLVE_EXAMPLES,
    )
    add_ids(resolve, "queue ID")
    decision = resolve.add_mutually_exclusive_group(required=True)
    decision.add_argument("--sent", action="store_true", help="treat them as sent")
    decision.add_argument(
        "--resend", action="store_true", help="send them again, as possible duplicates"
    )


def list_queue(options: Options, context: Context) -> int:
    """Print the queue."""
    query = table_query(options, QUEUE)
    rows = in_pages(context.store.queue, query, options.limit)
    write_list(context.output, options, QUEUE, rows)
    return 0


def show_queued(options: Options, context: Context) -> int:
    """Print all that is known of some queued emails. Raises `NotFound`."""
    store = context.store
    shown = [_details(context, store.queue.get(queue_id)) for queue_id in options.ids]
    if options.json:
        write_json(context.output, (details.as_json() for details in shown))
    else:
        write_details(context.output, shown)
    return 0


def _details(context: Context, email: QueuedEmail) -> Details:
    store = context.store
    fields: dict[str, Value] = {
        column.title: column.value(email) for column in (*QUEUE, _DUPLICATE)
    }
    return Details(
        f"Email {email.id} in the queue",
        fields | {"Email": both_forms(email.email)},
        json_object((*QUEUE, _DUPLICATE), email),
        store.messages.get(email.stored_id),
        store.log.attempts(email.email_id),
    )


def resolve_uncertain(options: Options, context: Context) -> int:
    """Do as was decided. Raises `CommandFailed` that names what could not be."""
    if options.sent:
        run = _changing("treated as sent", lambda o, ids: o.resolve(ids, Resolution.SENT))
    else:
        run = _changing("made due once more", lambda o, ids: o.resolve(ids, Resolution.RESEND))
    return run(options, context)


def _changing(participle: str, change: Change) -> Command:
    def run(options: Options, context: Context) -> int:
        result = change(context.store.queue, options.ids)
        if result.changed:
            context.output.line(f"{_emails(result.changed)} {participle}.")
            context.output.flush()
        if result.trouble is not None:
            raise result.trouble
        if result.refused:
            raise CommandFailed("Not {participle}: {why}", participle=participle, why=_why(result))
        return 0

    return run


def _emails(ids: Sequence[int]) -> str:
    numbers = ", ".join(map(str, ids))
    return f"Email {numbers}" if len(ids) == 1 else f"{len(ids)} emails ({numbers})"


def _why(result: BulkResult) -> str:
    """Every refused email with its reason, in one line: `7, 9: It is already held.`"""
    ids_by_reason: dict[str, list[int]] = defaultdict(list)
    for queue_id, reason in result.refused.items():
        ids_by_reason[reason].append(queue_id)
    return " ".join(
        f"{', '.join(map(str, sorted(ids)))}: {reason}" for reason, ids in ids_by_reason.items()
    )
