"""`mailadmin providers add` and `edit`: a provider's fields and its password."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailadmin.cli.frame.failure import CommandFailed, UsageError
from mailadmin.cli.frame.grammar import add_command, count, row_id
from mailadmin.domain.provider import Encryption, Provider

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options
    from mailadmin.credentials import CredentialStore, Secret

_ADD_EXAMPLES = """\
  mailadmin providers add --host smtp.example.org --username ann@example.org \\
      --send-from ann@example.org --send-from-name Ann --password-stdin < password.txt
  mailadmin providers add --preset Postmark --send-from ann@example.org --password-stdin

The password is read from standard input, on a terminal without showing it, and is kept in the
system's keyring. Without a keyring leave --password-stdin away and name a file that only you can
read in MAILADMIN_PASSWORD_FILE_<ID>, where <ID> is the number that this command prints.
"""

_EDIT_EXAMPLES = """\
  mailadmin providers edit 1 --caption "Main relay" --encryption ssl
  mailadmin providers edit 1 --password-stdin < password.txt
  mailadmin providers edit 1 --send-from-name ""
  mailadmin providers edit 1 --connections 10 --limit-per-hour 3000 --limit-per-day none

Providers are tried by priority, the lowest number first; those of one priority share the mail by
their weight. The next priority gets mail only while the ones before can't be used.
"""

_OPTION = {"trusted_fingerprint": "fingerprint", "max_connections": "connections"}
_FIELDS = {field.name for field in fields(Provider)}
_LONGEST_PASSWORD = 9216  # characters; what an AUTH line can carry


def declare(commands: Commands) -> None:
    """Add `add` and `edit`."""
    add = add_command(
        commands, "add", "add a provider, print its ID", run=add_provider, examples=_ADD_EXAMPLES
    )
    _add_fields(add)
    add.add_argument("--disabled", action="store_true", help="send nothing through it yet")
    edit = add_command(
        commands,
        "edit",
        "change some fields of a provider; ends its pause",
        run=edit_provider,
        examples=_EDIT_EXAMPLES,
    )
    edit.add_argument("id", metavar="ID", type=row_id, help="ID of the provider")
    _add_fields(edit)


def _add_fields(parser: argparse.ArgumentParser) -> None:
    """An option for every field; what is not given is not an attribute of the options."""

    field = partial(parser.add_argument, default=argparse.SUPPRESS)
    field("--preset", metavar="NAME", help="fill in host, port and encryption of a known service")
    field("--caption", metavar="TEXT", help="the name it is shown by (default: the host)")
    field("--host", metavar="NAME", help="name of the server")
    field("--port", type=int, help="default: 587, with --encryption ssl 465")
    field("--username", metavar="NAME", help="name to sign in with; empty for none")
    field("--send-from", metavar="ADDRESS", help="address that mail is sent from")
    field("--send-from-name", metavar="NAME", help="name shown with that address")
    field(
        "--encryption",
        choices=[encryption.value.lower() for encryption in Encryption],
        help="tls: STARTTLS (default); ssl: TLS from the start; none: only to this computer",
    )
    field(
        "--ca-file", metavar="FILE", help="PEM file of the authorities to trust, not the system's"
    )
    field(
        "--fingerprint",
        dest="trusted_fingerprint",
        metavar="HEX",
        help="SHA-256 of the one certificate to trust, in hex",
    )
    sharing = parser.add_argument_group("when it is used, and how much")
    number = partial(sharing.add_argument, metavar="N", type=count, default=argparse.SUPPRESS)
    number("--priority", help="lower numbers are tried first (default: 10)")
    number("--weight", help="share among providers of the same priority (default: 1)")
    number(
        "--connections", dest="max_connections", help="connections at the same time (default: 4)"
    )
    number("--messages-per-connection", help="then a new one is opened (default: 100)")
    for period in ("second", "minute", "hour", "day"):
        sharing.add_argument(
            f"--limit-per-{period}",
            metavar="N",
            type=_limit,
            default=argparse.SUPPRESS,
            help=f"messages in any {period} at most; none or 0 for no limit (default)",
        )
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from the first line of standard input",
    )


def _limit(text: str) -> int | None:
    """A number of messages, None for no limit. Raises `ArgumentTypeError`."""
    return None if text.casefold() == "none" else count(text) or None


def add_provider(options: Options, context: Context) -> int:
    """Add a provider and print its ID; without its password nothing is added."""
    given = _given(options)
    if "host" not in given:
        raise UsageError("--host or --preset is needed")
    if "send_from" not in given:
        raise UsageError("--send-from is needed")
    encryption = given.setdefault("encryption", Encryption.TLS)
    given.setdefault("port", encryption.default_port)
    given.setdefault("caption", vars(options).get("preset", given["host"]))
    provider = Provider(**given, enabled=not options.disabled)
    _check(provider)
    secret = _read_password(provider) if options.password_stdin else None
    store = context.store  # a database that can't be opened is told of before the keyring asks
    if secret is None:
        added = store.providers.add(provider)
    else:
        # Under the uid, so that it can be kept first: a provider without its password is half done.
        _keep(context.credentials, provider, secret, "<ID>")
        try:
            added = store.providers.add(provider)
        except BaseException:
            with suppress(Exception):
                context.credentials.remove(provider)
            raise
    context.output.line(str(added.id))
    _warn_of_limit(context, added)
    return 0


def edit_provider(options: Options, context: Context) -> int:
    """Change the given fields, or none if one of them can't be changed."""
    given = _given(options)
    if not given and not options.password_stdin:
        raise UsageError("nothing to change: give at least one field or --password-stdin")
    providers = context.store.providers
    before = providers.get(options.id)
    encryption = given.get("encryption", before.encryption)
    if "port" not in given and before.port == before.encryption.default_port:
        given["port"] = encryption.default_port  # it followed the encryption, so it still does
    provider = replace(before, **given)
    _check(provider)
    if not options.password_stdin:
        providers.update(provider)
        return 0
    secret = _read_password(provider)
    credentials = context.credentials
    old = credentials.look_up(before)
    _keep(credentials, provider, secret, str(provider.id))
    try:
        providers.update(provider)
    except BaseException:
        with suppress(Exception):
            if old.source == "keyring" and old.secret is not None:
                credentials.save(before, old.secret)
            else:
                credentials.remove(before)
        raise
    return 0


def _given(options: Options) -> dict[str, Any]:
    """The fields on the command line as attributes of a `Provider`, after those of the preset."""
    own = {name: value for name, value in vars(options).items() if name in _FIELDS - {"id"}}
    if "encryption" in own:
        own["encryption"] = Encryption(own["encryption"].upper())
    if own.get("ca_file"):  # the sender may run in another folder
        own["ca_file"] = str(Path(own["ca_file"]).expanduser().absolute())
    name = vars(options).get("preset")
    return own if name is None else _preset(name) | own


def _preset(name: str) -> dict[str, Any]:
    """The fields of the service whose name begins like this. Raises `UsageError`."""
    from mailadmin.providers.presets import PRESETS

    wanted = name.casefold()
    found = [preset for preset in PRESETS if preset.name.casefold().startswith(wanted)]
    if len(found) != 1:
        known = ", ".join(preset.name for preset in PRESETS)
        raise UsageError(f"--preset {name}: give one of {known}")
    (preset,) = found
    values = {"host": preset.host, "port": preset.port, "encryption": preset.encryption}
    return values | ({"username": preset.username} if preset.username else {})


def _warn_of_limit(context: Context, provider: Provider) -> None:
    from mailadmin.providers.presets import daily_limit_service

    service = daily_limit_service(provider.host)
    if service is not None:
        context.errors.line(
            f"Note: {service} limits how much is sent in a day, which does not suit mailing lists."
        )


def _check(provider: Provider) -> None:
    """Raises `CommandFailed` with the first option that can't be used."""
    from mailadmin.providers.validation import validate_provider

    for problem in validate_provider(provider):
        option = _OPTION.get(problem.field, problem.field).replace("_", "-")
        raise CommandFailed("--{option}: {why}", option=option, why=problem)


def _read_password(provider: Provider) -> Secret:
    """The first line of standard input. Raises `CommandFailed` if there is none."""
    from mailadmin.credentials import Secret

    if not provider.username:
        raise CommandFailed("A password needs a user name: give --username too.")
    if sys.stdin is not None and sys.stdin.isatty():
        from getpass import getpass

        try:
            secret = Secret(getpass(f"Password of {provider.username}: "))
        except EOFError:  # Ctrl-D
            secret = Secret("")
    else:
        secret = _first_line()
    if not secret:
        raise CommandFailed("There is no password on standard input: write it into the first line.")
    return secret


def _first_line() -> Secret:
    """What standard input begins with, up to the line break. A decoding error is not quoted."""
    from mailadmin.credentials import Secret

    if sys.stdin is None:
        return Secret("")
    line = sys.stdin.buffer.readline(_LONGEST_PASSWORD + 2).rstrip(b"\r\n")
    if len(line) > _LONGEST_PASSWORD:
        raise CommandFailed(
            "The first line of standard input is too long to be a password: at most "
            "{limit} bytes can be used.",
            limit=_LONGEST_PASSWORD,
        )
    try:
        return Secret(line.decode())
    except UnicodeDecodeError:
        pass
    raise CommandFailed("The password on standard input is not UTF-8 text.")


def _keep(
    credentials: CredentialStore, provider: Provider, secret: Secret, provider_id: str
) -> None:
    """Save a password. Raises `CommandFailed` that names the other way if there is no keyring."""
    from mailadmin.credentials import NoKeyring

    try:
        credentials.save(provider, secret)
    except NoKeyring as error:
        raise CommandFailed(
            "Nothing was changed, for there is no keyring to keep the password in. Leave "
            "--password-stdin away and name a file that only you can read in "
            "MAILADMIN_PASSWORD_FILE_{provider_id}.",
            provider_id=provider_id,
        ) from error
