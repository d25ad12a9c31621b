"""`mailadmin providers export` and `import`: providers to and from a file, without passwords."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mailadmin.cli.failure import CommandFailed
from mailadmin.cli.grammar import add_command, add_json
from mailadmin.cli.output import write_json

if TYPE_CHECKING:
    from mailadmin.cli.context import Context
    from mailadmin.cli.grammar import Commands
    from mailadmin.cli.options import Options
    from mailadmin.core.domain import Provider
    from mailadmin.core.provider_file import FileEntry

_IMPORT_EXAMPLES = """\
  mailadmin providers import providers.json
  mailadmin providers import --update --disabled providers.json
  ssh other mailadmin providers export | mailadmin providers import -

A provider is known again by its uid: importing a file twice adds nothing twice. If any provider of
the file can't be used, none is imported. Passwords are in no file: give each new provider its own
with: mailadmin providers edit ID --password-stdin
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
        "--disabled", action="store_true", help="send nothing through the new ones yet"
    )
    add_json(importing)
    importing.add_argument("file", metavar="FILE", help="file to read; - for standard input")


def export_providers(options: Options, context: Context) -> int:
    """Write all providers. Raises `CommandFailed`."""
    from mailadmin.core.provider_file import to_text
    from mailadmin.core.whole_file import write_whole

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
    from mailadmin.core.provider_file import described, from_bytes

    entries = from_bytes(_content(options.file))
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
    return _store(options, context, entries)


def _store(options: Options, context: Context, entries: list[FileEntry]) -> int:
    providers = [entry.provider for entry in entries if entry.provider is not None]
    known = {provider.uid for provider in context.store.providers.list()}
    if options.disabled:
        providers = [
            provider if provider.uid in known else replace(provider, enabled=False)
            for provider in providers
        ]
    result = context.store.providers.bring_in(providers, update=known if options.update else ())
    outcomes = [
        *((provider, "added") for provider in result.added),
        *((provider, "updated") for provider in result.updated),
        *((provider, "left") for provider in result.left),
    ]
    if options.json:
        write_json(context.output, (_as_json(provider, what) for provider, what in outcomes))
        return 0
    for provider, what in outcomes:
        context.output.line(f"{provider.id}  “{provider.caption}”  {_WORDS[what]}")
    if any(provider.username for provider in result.added):
        context.errors.line(
            "Note: passwords are in no file. Give each new provider its own with: "
            "mailadmin providers edit ID --password-stdin"
        )
    return 0


_WORDS = {"added": "added", "updated": "updated", "left": "was there, left as it is"}


def _as_json(provider: Provider, what: str) -> dict[str, object]:
    return {
        "id": provider.id,
        "uid": provider.uid,
        "caption": provider.caption,
        "result": what,
    }


def _content(name: str) -> bytes:
    """The file, or a little more of it than can be one. Raises `CommandFailed`."""
    from mailadmin.core.provider_file import LARGEST_FILE

    try:
        if name == "-":
            return b"" if sys.stdin is None else sys.stdin.buffer.read(LARGEST_FILE + 1)
        with Path(name).open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise CommandFailed(
            "“{path}” can't be read: {reason}.", path=name, reason=error.strerror
        ) from error
