"""`mailadmin backup` and `mailadmin check`: the database as a whole.

Both leave the database as it is, so it is not opened as the other commands do: that would bring an
older one to this version's schema.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mailadmin.cli.frame.failure import CommandFailed
from mailadmin.cli.frame.grammar import add_command, add_json
from mailadmin.cli.frame.output import write_json
from mailadmin.cli.shown.progress import ProgressLine

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options
    from mailadmin.place.location import Location
    from mailadmin.store.upkeep.findings import CheckReport, Finding

_BACKUP_EXAMPLES = """\
  mailadmin backup /media/disk/mail.db
  mailadmin backup --force /media/disk/mail.db

The copy shows one moment, also while mail is being sent. It holds people's mail and no password;
only you can read it. To restore it, stop everything that uses the database, put the copy in its
place and remove the -wal and -shm beside it. Mail that was in the queue at that moment is in it
again, also what has been sent since: look at the queue before you start sending.
"""

_CHECK_EXAMPLES = """\
  mailadmin check
  mailadmin check --json
  mailadmin --database /media/disk/mail.db check

Reads everything and changes nothing. Exit code 0: sound; 1: something was found.
"""


def declare(commands: Commands) -> None:
    """Add `backup` and `check`."""
    backup = add_command(
        commands,
        "backup",
        "copy the database into a file, also while mail is being sent",
        run=back_up_database,
        examples=_BACKUP_EXAMPLES,
    )
    backup.add_argument("file", metavar="FILE", help="where the copy goes")
    backup.add_argument("--force", action="store_true", help="replace the file if it exists")
    check = add_command(
        commands,
        "check",
        "look for damage in the database and say what to do about it",
        run=check_database,
        examples=_CHECK_EXAMPLES,
    )
    add_json(check)


def back_up_database(options: Options, context: Context) -> int:
    """Write the copy. Raises `KnownError`; there is no file then."""
    from mailadmin.store.upkeep.backup import back_up

    location = _existing(context)
    with ProgressLine(context.errors, "Copying") as progress:
        back_up(location, Path(options.file), progress, overwrite=options.force)
    context.errors.line(f"{location} is copied to {options.file}.")
    return 0


def check_database(options: Options, context: Context) -> int:
    """Print what was found. Raises `CommandFailed` if that is anything."""
    from mailadmin.delivery.owner import is_gone, owner_name
    from mailadmin.store.upkeep.integrity import check

    location = _existing(context)
    myself = owner_name()
    with ProgressLine(context.errors, "Checking") as progress:
        report = check(
            location,
            progress,
            drivers=context.drivers,
            is_gone=lambda owner: is_gone(owner, myself),
        )
    if options.json:
        write_json(context.output, (_object(finding) for finding in report.findings))
    else:
        _write(context, report)
    if report.findings:
        context.output.flush()
        kinds = ", ".join(finding.kind for finding in report.findings)
        raise CommandFailed("{location} is not sound: {kinds}.", location=location, kinds=kinds)
    return 0


def _object(finding: Finding) -> dict[str, object]:
    return {
        "kind": finding.kind.value,
        "count": finding.count,
        "ids": list(finding.ids),
        "problem": str(finding.problem),
    }


def _write(context: Context, report: CheckReport) -> None:
    for finding in report.findings:
        context.output.line(f"{finding.kind}: {finding.problem}")
    messages = (
        "1 message" if report.messages_checked == 1 else f"{report.messages_checked} messages"
    )
    context.output.line(f"Checked: {messages} of {report.bytes_checked:,} bytes together.")
    if report.sound:
        context.output.line("The database is sound.")


def _existing(context: Context) -> Location:
    """The database, which has to be there. Raises `CommandFailed` and what `inspect` raises."""
    from mailadmin.place.location import parse_location
    from mailadmin.store.migrations import all_steps, inspect

    location = parse_location(context.location)
    if not inspect(location, all_steps()[-1].version):
        raise CommandFailed("There is no database at {location}.", location=location)
    return location
