"""`mailadmin providers add` and `edit`: a provider's fields and its password."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailadmin.cli.frame.failure import CommandFailed, UsageError
from mailadmin.cli.frame.grammar import add_command, count, row_id
from mailadmin.domain.errors import InvalidInput
from mailadmin.domain.provider import COMMON_FIELDS, Provider
from mailadmin.drivers.fields import PathTo
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.settings import SmtpSettings

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options
    from mailadmin.credentials import CredentialStore, Secret
    from mailadmin.drivers.driver import Driver
    from mailadmin.drivers.fields import Field
    from mailadmin.drivers.registry import Drivers

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

_LONGEST_PASSWORD = 9216  # characters; what an AUTH line can carry


def declare(commands: Commands) -> None:
    """Add `add` and `edit`."""
    drivers = standard_drivers()
    add = add_command(
        commands, "add", "add a provider, print its ID", run=add_provider, examples=_ADD_EXAMPLES
    )
    add.add_argument(
        "--driver",
        choices=drivers.names,
        default=drivers.default.name,
        help="how it is sent through (default: %(default)s); the options of another driver than "
        "this are refused",
    )
    _add_fields(add, drivers)
    add.add_argument("--disabled", action="store_true", help="send nothing through it yet")
    edit = add_command(
        commands,
        "edit",
        "change some fields of a provider; ends its pause",
        run=edit_provider,
        examples=_EDIT_EXAMPLES,
    )
    edit.add_argument("id", metavar="ID", type=row_id, help="ID of the provider")
    _add_fields(edit, drivers)


def _add_fields(parser: argparse.ArgumentParser, drivers: Drivers) -> None:
    """An option for every field; what is not given is not an attribute of the options."""
    field = partial(parser.add_argument, default=argparse.SUPPRESS)
    field("--preset", metavar="NAME", help="fill in host, port and encryption of a known service")
    field("--caption", metavar="TEXT", help="the name it is shown by (default: the host)")
    field("--send-from", metavar="ADDRESS", help="address that mail is sent from")
    field("--send-from-name", metavar="NAME", help="name shown with that address")
    declared: set[str] = set()
    for driver in drivers.all():
        group = parser.add_argument_group(f"driver {driver.name}: {driver.summary}")
        for each in driver.fields:
            if each.name not in declared:
                _add_option(group, each)
        declared |= {each.name for each in driver.fields}
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


def _add_option(group: argparse._ArgumentGroup, field: Field) -> None:
    given: dict[str, Any] = {"help": field.summary}
    if issubclass(field.kind, StrEnum):
        given["choices"] = [member.value.lower() for member in field.kind]
    else:
        given["type"] = field.kind
    if field.metavar:
        given["metavar"] = field.metavar
    group.add_argument(field.flag, dest=field.name, default=argparse.SUPPRESS, **given)


def _limit(text: str) -> int | None:
    """A number of messages, None for no limit. Raises `ArgumentTypeError`."""
    return None if text.casefold() == "none" else count(text) or None


def add_provider(options: Options, context: Context) -> int:
    """Add a provider and print its ID; without its password nothing is added."""
    drivers = context.drivers
    driver = drivers.named(options.driver)
    own = _settings(options, driver, drivers)
    for field in driver.fields:
        if field.required and field.name not in own:
            preset = " or --preset" if driver.name == SmtpSettings.driver else ""
            raise UsageError(f"{field.flag}{preset} is needed")
    common = _common(options)
    if "send_from" not in common:
        raise UsageError("--send-from is needed")
    settings = driver.completed(own)
    chosen = vars(options).get("preset")
    common.setdefault("caption", chosen or driver.suggested_caption(settings))
    provider = Provider(settings=settings, **common, enabled=not options.disabled)
    _check(provider, drivers)
    secret = _read_password(provider, drivers) if options.password_stdin else None
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
    if not options.password_stdin and not _names_fields(options, context.drivers):
        raise UsageError("nothing to change: give at least one field or --password-stdin")
    drivers = context.drivers
    providers = context.store.providers
    before = providers.get(options.id)
    driver = drivers.of(before.settings)
    own = _settings(options, driver, drivers)
    settings = driver.completed(own, before.settings) if own else before.settings
    provider = replace(before, settings=settings, **_common(options))
    _check(provider, drivers)
    if not options.password_stdin:
        providers.update(provider)
        return 0
    secret = _read_password(provider, drivers)
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


def _names_fields(options: Options, drivers: Drivers) -> bool:
    names = {field.name for driver in drivers.all() for field in driver.fields}
    return bool(vars(options).keys() & {*names, *COMMON_FIELDS, "preset"})


def _common(options: Options) -> dict[str, Any]:
    """What is given of that which every provider has, as attributes of a `Provider`."""
    return {name: value for name, value in vars(options).items() if name in COMMON_FIELDS}


def _settings(options: Options, driver: Driver[Any], drivers: Drivers) -> dict[str, object]:
    """What is given of the driver's fields, after those of the preset.

    Raises `UsageError` for an option that is another driver's.
    """
    own: dict[str, object] = {}
    given = vars(options)
    if "preset" in given:
        if driver.name != SmtpSettings.driver:
            raise _of_another(driver, "--preset", SmtpSettings.driver)
        own |= _preset(given["preset"])
    fields = {field.name for field in driver.fields}
    for other in drivers.all():
        for field in other.fields:
            if field.name in given and field.name not in fields:
                raise _of_another(driver, field.flag, other.name)
    for field in driver.fields:
        if field.name in given:
            value = field.read(given[field.name])
            if isinstance(value, InvalidInput):
                raise CommandFailed("{option}: {why}", option=field.flag, why=value)
            if field.path is PathTo.FILE and value:  # the sender may run in another folder
                value = str(Path(str(value)).expanduser().absolute())
            own[field.name] = value
    return own


def _of_another(driver: Driver[Any], flag: str, name: str) -> UsageError:
    return UsageError(
        f"{flag} is an option of the driver {name}; this provider has the driver {driver.name}"
    )


def _preset(name: str) -> dict[str, object]:
    """The fields of the service whose name begins like this. Raises `UsageError`."""
    from mailadmin.providers.presets import PRESETS

    wanted = name.casefold()
    found = [preset for preset in PRESETS if preset.name.casefold().startswith(wanted)]
    if len(found) != 1:
        known = ", ".join(preset.name for preset in PRESETS)
        raise UsageError(f"--preset {name}: give one of {known}")
    (preset,) = found
    values: dict[str, object] = {
        "host": preset.host,
        "port": preset.port,
        "encryption": preset.encryption,
    }
    return values | ({"username": preset.username} if preset.username else {})


def _warn_of_limit(context: Context, provider: Provider) -> None:
    from mailadmin.providers.presets import daily_limit_service

    service = daily_limit_service(provider.host or "")
    if service is not None:
        context.errors.line(
            f"Note: {service} limits how much is sent in a day, which does not suit mailing lists."
        )


def _check(provider: Provider, drivers: Drivers) -> None:
    """Raises `CommandFailed` with the first option that can't be used."""
    from mailadmin.providers.validation import validate_provider

    flags = {field.name: field.flag for field in drivers.of(provider.settings).fields}
    flags["max_connections"] = "--connections"
    for problem in validate_provider(provider, drivers):
        flag = flags.get(problem.field, f"--{problem.field.replace('_', '-')}")
        raise CommandFailed("{option}: {why}", option=flag, why=problem)


def _read_password(provider: Provider, drivers: Drivers) -> Secret:
    """The first line of standard input. Raises `CommandFailed` if there is none."""
    from mailadmin.credentials import Secret

    if drivers.of(provider.settings).credential is None:
        raise UsageError(f"the driver {provider.driver} needs no password: no --password-stdin")
    if not drivers.signs_in(provider):
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
