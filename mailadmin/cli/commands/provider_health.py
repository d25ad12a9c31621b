"""`mailadmin providers show`: everything about a provider, and how it has been doing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailadmin.cli.frame.grammar import add_command, add_ids, add_json
from mailadmin.cli.frame.output import cell, json_object, json_value, write_json
from mailadmin.delivery.state import Condition
from mailadmin.domain.health import LimitUse, ProviderHealth
from mailadmin.domain.provider import StoredProvider
from mailadmin.tables.column import Column, Value
from mailadmin.tables.providers import PROVIDERS

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options
    from mailadmin.drivers.registry import Drivers

MORE: tuple[Column[StoredProvider], ...] = (
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
    healths = store.health.get(options.ids, now=now)
    shown = [
        (provider, healths.get(provider.id, ProviderHealth(provider.id))) for provider in providers
    ]
    if options.json:
        drivers = context.drivers
        write_json(context.output, (_as_json(*pair, now, drivers) for pair in shown))
        return 0
    for position, pair in enumerate(shown):
        if position:
            context.output.line()
        fields = _fields(*pair, now, context.drivers)
        label = max(map(len, fields))
        for title, value in fields.items():
            context.output.line(f"{title:<{label}}  {cell(value)}".rstrip())
    return 0


def condition(
    provider: StoredProvider, health: ProviderHealth, now: datetime, drivers: Drivers
) -> tuple[Condition, datetime | None, str]:
    """The condition of a provider as all senders see it, when it ends if that is known, and why.

    Only a running sender knows whether there are a password and a network.
    """
    if not provider.enabled:
        return Condition.DISABLED, None, ""
    if (unusable := drivers.unusable(provider)) is not None:
        return Condition.UNUSABLE, None, str(unusable)
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


def _as_json(
    provider: StoredProvider, health: ProviderHealth, now: datetime, drivers: Drivers
) -> dict[str, object]:
    state, until, why = condition(provider, health, now, drivers)
    breaker = health.breaker
    return {
        **json_object(PROVIDERS, provider),
        **_of_any_driver(provider, drivers),
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


def _of_any_driver(provider: StoredProvider, drivers: Drivers) -> dict[str, object]:
    """What the columns don't show of the settings; null for what only another driver has."""
    own = {field.name for field in drivers.of(provider.settings).fields}
    values = provider.settings.values()
    return {
        field.key: values.get(field.name) if field.name in own else None
        for driver in drivers.all()
        for field in driver.fields
        if field.title
    }


def _fields(
    provider: StoredProvider, health: ProviderHealth, now: datetime, drivers: Drivers
) -> Mapping[str, Value]:
    state, until, why = condition(provider, health, now, drivers)
    fields: dict[str, Value] = {column.title: column.value(provider) for column in PROVIDERS}
    for field in drivers.of(provider.settings).fields:
        if field.title:
            fields[field.title.replace("&", "")] = str(getattr(provider.settings, field.name))
    fields |= {column.title: column.value(provider) for column in MORE}
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
