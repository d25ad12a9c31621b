"""`mailadmin log`: what became of every email that was attempted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailadmin.cli.frame.grammar import add_command, add_group, add_ids, add_json
from mailadmin.cli.frame.output import json_object, write_json
from mailadmin.cli.shown.details import Details, write_details
from mailadmin.cli.shown.exporting import add_export_options, export_choice, write_export
from mailadmin.cli.shown.listing import (
    add_filter,
    add_list_options,
    in_pages,
    table_query,
    write_list,
)
from mailadmin.domain.domain_names import both_forms
from mailadmin.domain.log import LogEntry
from mailadmin.tables.column import Value
from mailadmin.tables.log import LOG

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options

_EXAMPLES = """\
  mailadmin log list --status fail --sort attempt_date --descending --limit 20
  mailadmin log show 1041
  mailadmin log export log.csv
  mailadmin log export --search example.org > example.csv
  mailadmin log export --columns email,attempt_date,status --status fail failed.xlsx
"""


def declare(commands: Commands) -> None:
    """Add `log` and its commands."""
    group = add_group(commands, "log", "see what became of mail", examples=_EXAMPLES)
    listing = add_command(group, "list", "list every email that was attempted", run=list_log)
    add_list_options(listing, LOG)
    show = add_command(group, "show", "show emails with every attempt", run=show_logged)
    add_json(show)
    add_ids(show, "ID of the email")
    export = add_command(
        group,
        "export",
        "write the log as CSV (UTF-8) or XLSX, safe to open in a spreadsheet",
        run=export_log,
    )
    add_filter(export, LOG)
    add_export_options(export, LOG)


def list_log(options: Options, context: Context) -> int:
    """Print the log."""
    rows = in_pages(context.store.log, table_query(options, LOG), options.limit)
    write_list(context.output, options, LOG, rows)
    return 0


def show_logged(options: Options, context: Context) -> int:
    """Print all that is known of some emails. Raises `NotFound`."""
    log = context.store.log
    shown = [_details(context, log.get(email_id)) for email_id in options.ids]
    if options.json:
        write_json(context.output, (details.as_json() for details in shown))
    else:
        write_details(context.output, shown)
    return 0


def _details(context: Context, entry: LogEntry) -> Details:
    store = context.store
    fields: dict[str, Value] = {column.title: column.value(entry) for column in LOG}
    return Details(
        f"Email {entry.id} in the log",
        fields | {"Email": both_forms(entry.email)},
        json_object(LOG, entry),
        store.messages.get(entry.stored_id),
        store.log.attempts(entry.id),
    )


def export_log(options: Options, context: Context) -> int:
    """Write the log to a file; it appears under its name when it is complete."""
    chosen = export_choice(options, LOG)
    entries = context.store.log.stream(table_query(options, LOG))
    written = write_export(context.output, chosen, entries)
    if chosen.path is not None:
        emails = "1 email" if written == 1 else f"{written} emails"
        context.errors.line(f"{emails} exported to {chosen.path}.")
    return 0
