"""`mailadmin providers`: the services mail is sent through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailadmin.cli.commands import provider_fields, provider_files, provider_health, provider_probe
from mailadmin.cli.frame.failure import CommandFailed
from mailadmin.cli.frame.grammar import add_command, add_group, add_ids
from mailadmin.cli.shown.listing import add_list_options, table_query, write_list
from mailadmin.domain.health import Breaker
from mailadmin.tables.providers import PROVIDERS

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options

_EXAMPLES = """\
  mailadmin providers list
  mailadmin providers add --host smtp.example.org --username ann@example.org \\
      --send-from ann@example.org --password-stdin < password.txt
  mailadmin providers test 1
  mailadmin providers disable 1
  mailadmin providers export providers.json
"""


def declare(commands: Commands) -> None:
    """Add `providers` and its commands."""
    group = add_group(commands, "providers", "see and change the providers", examples=_EXAMPLES)
    listing = add_command(group, "list", "list the providers", run=list_providers)
    add_list_options(listing, PROVIDERS)
    provider_health.declare(group)
    provider_fields.declare(group)
    remove = add_command(
        group, "remove", "delete providers and their passwords", run=remove_providers
    )
    enable = add_command(
        group, "enable", "send through providers; ends their pause", run=enable_providers
    )
    disable = add_command(group, "disable", "send nothing through providers", run=disable_providers)
    resume = add_command(
        group, "resume", "end the pause of providers whose trouble is over", run=resume_providers
    )
    for parser in (remove, enable, disable, resume):
        add_ids(parser, "ID of the provider")
    provider_probe.declare(group)
    provider_files.declare(group)


def list_providers(options: Options, context: Context) -> int:
    """Print the providers."""
    providers = context.store.providers.list(table_query(options, PROVIDERS))[: options.limit]
    write_list(context.output, options, PROVIDERS, iter(providers))
    return 0


def enable_providers(options: Options, context: Context) -> int:
    """Enable. Raises `NotFound`."""
    for provider_id in options.ids:
        provider = context.store.providers.set_enabled(provider_id, True)
        context.output.line(f"“{provider.caption}” is enabled.")
    return 0


def disable_providers(options: Options, context: Context) -> int:
    """Disable. Raises `NotFound`, and `RuleViolation` for the last enabled one."""
    for provider_id in options.ids:
        provider = context.store.providers.set_enabled(provider_id, False)
        context.output.line(f"“{provider.caption}” is disabled.")
    return 0


def resume_providers(options: Options, context: Context) -> int:
    """End pauses, and the rests that follow failures in a row. Raises `NotFound`."""
    store = context.store
    for provider_id in options.ids:
        provider = store.providers.get(provider_id)
        now = datetime.now(UTC)
        health = store.health.get([provider_id], midnight=now).get(provider_id)
        rests = health is not None and health.breaker.open_until is not None
        if rests:
            store.health.save_breaker(provider_id, Breaker())
        resumed = store.providers.resume(provider_id) or rests
        what = "is used again" if resumed else "was not paused"
        context.output.line(f"“{provider.caption}” {what}.")
    return 0


def remove_providers(options: Options, context: Context) -> int:
    """Delete with the password. Raises `NotFound`, `RuleViolation` and `CommandFailed`."""
    from mailadmin.credentials import NoKeyring
    from mailadmin.domain.errors import CredentialError

    for provider_id in options.ids:
        provider = context.store.providers.remove(provider_id)
        context.output.line(f"“{provider.caption}” is removed.")
        if not context.drivers.may_have_secret(provider):
            continue
        try:
            context.credentials.remove(provider)
        except NoKeyring:
            continue  # what can't be kept needs no removal
        except CredentialError as error:
            raise CommandFailed(
                "“{caption}” is removed, but its password may still be in the keyring: {why}",
                caption=provider.caption,
                why=error,
            ) from error
    return 0
