"""`mailadmin providers export` and `import`: providers to and from a file, without passwords."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mailadmin.cli.frame.failure import CommandFailed, UsageError
from mailadmin.cli.frame.grammar import add_command, add_json
from mailadmin.cli.frame.output import cell, write_json
from mailadmin.domain.domain_names import both_forms

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options
    from mailadmin.domain.provider import Provider, StoredProvider
    from mailadmin.providers.import_plan import PlannedProvider

_IMPORT_EXAMPLES = """\
  mailadmin providers import providers.json
  mailadmin providers import --update --disabled providers.json
  ssh other mailadmin providers export | mailadmin providers import -

A provider is known again by its uid: importing a file twice adds nothing twice. If any provider of
the file can't be used, none is imported. Passwords are in no file: give each new provider its own
with: mailadmin providers edit ID --password-stdin

One that is changed keeps its password. If this would then be used with another server or user, or
over another encryption, nothing is imported without --move-passwords.
"""


def declare(commands: Commands) -> None:
    """Add `export` and `import`."""
    export = add_command(
        commands, "export", "write the providers to a file, without passwords", run=export_providers
    )
    export.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        default="-",
        help="file to write or replace; - or nothing for standard output",
    )
    importing = add_command(
        commands,
        "import",
        "add the providers of a file, all or none",
        run=import_providers,
        examples=_IMPORT_EXAMPLES,
    )
    importing.add_argument(
        "--update", action="store_true", help="change those that are there already, by their uid"
    )
    importing.add_argument(
        "--move-passwords",
        action="store_true",
        help="with --update: also where a kept password will then be used elsewhere",
    )
    importing.add_argument(
        "--disabled", action="store_true", help="send nothing through the new ones yet"
    )
    add_json(importing)
    importing.add_argument("file", metavar="FILE", help="file to read; - for standard input")


def export_providers(options: Options, context: Context) -> int:
    """Write all providers. Raises `CommandFailed`."""
    from mailadmin.export.whole_file import write_whole
    from mailadmin.providers.provider_file import to_text

    providers = context.store.providers.list()
    text = to_text(providers)
    if options.file == "-":
        context.output.exactly()
        context.output.write(text)
        return 0
    path = Path(options.file)
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise CommandFailed(
            "“{path}” can't be written: {reason}.", path=path, reason=error.strerror
        ) from error
    count = "1 provider" if len(providers) == 1 else f"{len(providers)} providers"
    context.errors.line(f"{count} exported to {path}, without passwords.")
    return 0


def import_providers(options: Options, context: Context) -> int:
    """Add and change what the file says. Raises `CommandFailed` and `RuleViolation`."""
    from mailadmin.providers.import_plan import plan_import
    from mailadmin.providers.provider_file import described, from_bytes

    if options.move_passwords and not options.update:
        raise UsageError("--move-passwords goes with --update")
    entries = from_bytes(_content(options.file), context.drivers)
    faulty = [entry for entry in entries if entry.provider is None]
    for entry in faulty:
        for problem in described(entry):
            context.errors.line(str(problem))
    if faulty:
        raise CommandFailed(
            "Nothing was imported: {faulty} of {all} providers can't be used.",
            faulty=len(faulty),
            all=len(entries),
        )
    plan = plan_import(entries, context.store.providers.list(), context.drivers)
    return _store(options, context, plan)


def _store(options: Options, context: Context, plan: list[PlannedProvider]) -> int:
    from mailadmin.providers.import_plan import EntryState

    if options.update and not options.move_passwords:
        _refuse_moves(context, plan)
    by_uid = {planned.provider.uid: planned for planned in plan if planned.provider is not None}
    providers = [
        replace(provider, enabled=False)
        if options.disabled and planned.state is EntryState.NEW
        else provider
        for planned in plan
        if (provider := planned.provider) is not None
    ]
    result = context.store.providers.bring_in(providers, update=by_uid if options.update else ())
    updated = [(provider, by_uid[provider.uid]) for provider in result.updated]
    if options.json:
        outcomes = [
            *(_as_json(provider, "added") for provider in result.added),
            *(_as_json(provider, "updated", planned.changes) for provider, planned in updated),
            *(_as_json(provider, "left") for provider in result.left),
        ]
        write_json(context.output, outcomes)
    else:
        for provider in result.added:
            _tell(context, provider, "added")
        for provider, planned in updated:
            _tell(context, provider, f"updated: {_changes(planned, planned.changes)}")
        for provider in result.left:
            _tell(context, provider, "was there, left as it is")
        if any(context.drivers.signs_in(provider) for provider in result.added):
            context.errors.line(
                "Note: passwords are in no file. Give each new provider its own with: "
                "mailadmin providers edit ID --password-stdin"
            )
    for provider, planned in updated:
        if planned.password_goes_elsewhere:
            context.errors.line(
                f"Note: a password that is kept for “{provider.caption}” is used with "
                f"{_whereabouts(provider)}, from now on."
            )
    return 0


def _whereabouts(provider: Provider) -> str:
    if provider.host is None:
        return f"the driver {provider.driver}"
    return f"{both_forms(provider.host)}, port {provider.port}"


def _refuse_moves(context: Context, plan: list[PlannedProvider]) -> None:
    """Raises `CommandFailed` if a password would be used with another server or user.

    Whether there is a password is not asked: a window may hold it for its run, or a sender read it
    from a file.
    """
    moved = [planned for planned in plan if planned.password_goes_elsewhere]
    for planned in moved:
        caption = planned.entry.caption if planned.stored is None else planned.stored.caption
        context.errors.line(
            f"“{caption}”: a password that is kept for it would be used elsewhere: "
            f"{_changes(planned, planned.changes_of_place)}"
        )
    if moved:
        raise CommandFailed(
            "Nothing was imported: passwords may only be used elsewhere with --move-passwords."
        )


def _changes(planned: PlannedProvider, names: tuple[str, ...]) -> str:
    """What becomes of the fields `names`: `host mx.example.org → mx.example.net, weight 1 → 5`."""
    return ", ".join(
        f"{name} {_value(planned.stored, name)} → {_value(planned.provider, name)}"
        for name in names
    )


def _value(provider: Provider | None, name: str) -> str:
    value = None if provider is None else provider.values().get(name)
    return cell(value if isinstance(value, str | int | None) else str(value)) or "–"


def _tell(context: Context, provider: StoredProvider, what: str) -> None:
    context.output.line(f"{provider.id}  “{provider.caption}”  {what}")


def _as_json(
    provider: StoredProvider, what: str, changes: tuple[str, ...] = ()
) -> dict[str, object]:
    return {
        "id": provider.id,
        "uid": provider.uid,
        "caption": provider.caption,
        "result": what,
        "changes": list(changes),
    }


def _content(name: str) -> bytes:
    """The file, read up to one byte over the size limit. Raises `CommandFailed`."""
    from mailadmin.providers.provider_file import LARGEST_FILE

    try:
        if name == "-":
            return b"" if sys.stdin is None else sys.stdin.buffer.read(LARGEST_FILE + 1)
        with Path(name).open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise CommandFailed(
            "“{path}” can't be read: {reason}.", path=name, reason=error.strerror
        ) from error
