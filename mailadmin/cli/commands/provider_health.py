"""`mailadmin providers show`: everything about a provider, and how it has been doing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from mailadmin.cli.frame.grammar import add_command, add_ids, add_json
from mailadmin.cli.frame.output import cell, json_object, json_value, write_json
from mailadmin.delivery.state import Condition
from mailadmin.domain.health import LimitUse, ProviderHealth
from mailadmin.domain.provider import Provider
from mailadmin.tables.column import Column, Value
from mailadmin.tables.providers import PROVIDERS

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options

MORE: tuple[Column[Provider], ...] = (
    Column("ca_file", "File of authorities"),
    Column("fingerprint", "Trusted certificate", of=lambda provider: provider.trusted_fingerprint),
    Column("priority", "Priority"),
    Column("weight", "Weight"),
    Column("connections", "Connections", of=lambda provider: provider.max_connections),
    Column("messages_per_connection", "Messages per connection"),
)
HEALTH: tuple[Column[ProviderHealth], ...] = (
    Column("last_success_date", "Last success", of=lambda health: health.last_success_at),
    Column("last_failure_date", "Last failure", of=lambda health: health.last_failure_at),
    Column("last_failure", "Its reason"),
    Column("sent_today", "Sent today"),
)
_PERIODS = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}


def declare(commands: Commands) -> None:
    """Add `show`."""
    parser = add_command(
        commands,
        "show",
        "show providers with their health and the use of their limits",
        run=show_providers,
        examples="  mailadmin providers show 1\n  mailadmin providers show 1 --json\n",
    )
    add_json(parser)
    add_ids(parser, "ID of the provider")


def show_providers(options: Options, context: Context) -> int:
    """Print all that is known of some providers. Raises `NotFound`."""
    store = context.store
    providers = [store.providers.get(provider_id) for provider_id in options.ids]
    now = datetime.now(UTC)
    midnight = datetime.combine(datetime.now().astimezone().date(), time()).astimezone()
    healths = store.health.get(options.ids, midnight=midnight, now=now)
    shown = [
        (provider, healths.get(provider.id or 0, ProviderHealth(provider.id or 0)))
        for provider in providers
    ]
    if options.json:
        write_json(context.output, (_as_json(*pair, now) for pair in shown))
        return 0
    for position, pair in enumerate(shown):
        if position:
            context.output.line()
        fields = _fields(*pair, now)
        label = max(map(len, fields))
        for title, value in fields.items():
            context.output.line(f"{title:<{label}}  {cell(value)}".rstrip())
    return 0


def condition(
    provider: Provider, health: ProviderHealth, now: datetime
) -> tuple[Condition, datetime | None, str]:
    """The condition of a provider as all senders see it, when it ends if that is known, and why.

    Only a running sender knows whether there are a password and a network.
    """
    if not provider.enabled:
        return Condition.DISABLED, None, ""
    if provider.pause is not None:
        return Condition.PAUSED, None, provider.pause.reason
    until = health.breaker.open_until
    if until is not None:
        resting = Condition.RESTING if until > now else Condition.PROBING
        return resting, until if until > now else None, health.last_failure
    full = [use.free_at for use in health.limits if use.free_at is not None]
    if full:
        return Condition.LIMITED, max(full), ""
    return Condition.READY, None, ""


def _as_json(provider: Provider, health: ProviderHealth, now: datetime) -> dict[str, object]:
    state, until, why = condition(provider, health, now)
    breaker = health.breaker
    return {
        **json_object(PROVIDERS, provider),
        **json_object(MORE, provider),
        "condition": state.value,
        "condition_until": json_value(until),
        "condition_reason": why,
        "paused_since": json_value(None if provider.pause is None else provider.pause.since),
        **json_object(HEALTH, health),
        "limits": [_limit(use) for use in health.limits],
        "breaker": {
            "failures": breaker.failures,
            "open_until": json_value(breaker.open_until),
            "rest": breaker.rest,
        },
    }


def _limit(use: LimitUse) -> dict[str, object]:
    return {
        "count": use.limit.count,
        "seconds": use.limit.seconds,
        "used": use.used,
        "free_date": json_value(use.free_at),
    }


def _fields(provider: Provider, health: ProviderHealth, now: datetime) -> Mapping[str, Value]:
    state, until, why = condition(provider, health, now)
    fields: dict[str, Value] = {
        column.title: column.value(provider) for column in (*PROVIDERS, *MORE)
    }
    words: str = state.value if until is None else f"{state.value} until {cell(until)}"
    fields["Condition"] = f"{words}: {why}" if why else words
    fields |= {column.title: column.value(health) for column in HEALTH}
    for use in health.limits:
        period = _PERIODS[use.limit.seconds]
        free = "" if use.free_at is None else f", the next one at {cell(use.free_at)}"
        fields[f"In the last {period}"] = f"{use.used} of {use.limit.count}{free}"
    if health.breaker.failures:
        fields["Failures in a row"] = health.breaker.failures
    return fields
