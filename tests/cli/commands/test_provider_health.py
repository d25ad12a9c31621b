"""`mailadmin providers show`, and `resume` of one that rests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailadmin.cli.commands.provider_health import condition
from mailadmin.delivery import Condition
from mailadmin.domain.health import Breaker, LimitUse, ProviderHealth
from mailadmin.domain.provider import Encryption, Limit, ProviderPause
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.cli.commands.test_providers import KEYS
from tests.cli.conftest import CommandLine, queued
from tests.servers.aiosmtpd_server import AiosmtpdServer
from tests.smtp_providers import smtp_provider, stored_provider

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
DRIVERS = standard_drivers()
RELAY = stored_provider("Relay", "localhost", 25, "ann@example.org", id=1)


def health(
    *, until: datetime | None = None, failure: str = "", free_at: datetime | None = None
) -> ProviderHealth:
    return ProviderHealth(
        1,
        Breaker(5 if until else 0, until, 60.0),
        last_failure=failure,
        limits=(LimitUse(Limit(10, 60), 10, free_at),),
    )


def test_the_condition_of_a_provider_names_what_stops_it() -> None:
    paused = replace(RELAY, pause=ProviderPause("535 no", NOW))
    disabled = replace(paused, enabled=False)
    assert condition(RELAY, health(), NOW, DRIVERS) == (Condition.READY, None, "")
    assert condition(paused, health(until=LATER), NOW, DRIVERS) == (
        Condition.PAUSED,
        None,
        "535 no",
    )
    assert condition(disabled, health(), NOW, DRIVERS) == (Condition.DISABLED, None, "")
    assert condition(RELAY, health(until=LATER, failure="421"), NOW, DRIVERS) == (
        *(Condition.RESTING, LATER, "421"),
    )
    assert condition(RELAY, health(until=NOW), NOW, DRIVERS)[:2] == (Condition.PROBING, None)
    assert condition(RELAY, health(free_at=LATER), NOW, DRIVERS) == (Condition.LIMITED, LATER, "")


def test_show_counts_what_was_sent(
    cli: CommandLine, store: Store, plain_server: AiosmtpdServer
) -> None:
    store.providers.add(
        smtp_provider(
            *("Relay", "127.0.0.1", plain_server.port, "ann@example.org"),
            encryption=Encryption.NONE,
            limit_per_hour=2,
            limit_per_day=100,
        )
    )
    queued(store, "ann@example.org", "bob@example.org")
    assert cli("send", "--until-empty").code == 0
    (shown,) = cli("providers", "show", "1", "--json").json
    assert list(shown)[: len(KEYS)] == KEYS
    assert list(shown)[len(KEYS) :] == [
        *("ca_file", "fingerprint", "folder", "priority", "weight", "connections"),
        *("messages_per_connection", "condition", "condition_until", "condition_reason"),
        *("paused_since", "last_success_date", "last_failure_date", "last_failure", "sent_today"),
        *("limits", "breaker"),
    ]
    assert shown["sent_today"] == 2
    success = datetime.fromisoformat(shown["last_success_date"])
    assert timedelta(0) <= datetime.now(UTC) - success < timedelta(minutes=1)
    assert (shown["last_failure_date"], shown["last_failure"]) == (None, "")
    assert shown["condition"] == "limit reached"
    assert datetime.fromisoformat(shown["condition_until"]) > datetime.now(UTC)
    hour, day = shown["limits"]
    assert (hour["count"], hour["seconds"], hour["used"]) == (2, 3600, 2)
    assert hour["free_date"] == shown["condition_until"]
    assert (day["used"], day["free_date"]) == (2, None)
    assert shown["breaker"] == {"failures": 0, "open_until": None, "rest": 0.0}

    text = cli("providers", "show", "1").out
    assert "\nCondition                limit reached until " in text
    assert "\nIn the last hour         2 of 2, the next one at " in text
    assert "\nIn the last day          2 of 100\n" in text
    assert "\nSent today               2\n" in text


def test_show_tells_of_a_pause_and_its_reason(cli: CommandLine, store: Store) -> None:
    store.providers.add(smtp_provider("Relay", "localhost", 25, "ann@example.org"))
    store.providers.pause(1, "535 5.7.8 no", now=NOW)
    (shown,) = cli("providers", "show", "1", "--json").json
    assert (shown["condition"], shown["condition_reason"]) == ("paused", "535 5.7.8 no")
    assert datetime.fromisoformat(shown["paused_since"]) == NOW
    assert "paused: 535 5.7.8 no\n" in cli("providers", "show", "1").out
    assert cli("providers", "show", "9").reason.startswith("Provider 9 ")


def test_resume_ends_a_rest(cli: CommandLine, store: Store) -> None:
    """Whoever has mended it does not wait until the sender tries by itself."""
    store.providers.add(smtp_provider("Relay", "localhost", 25, "ann@example.org"))
    until = datetime.now(UTC) + timedelta(minutes=30)
    store.health.save_breaker(1, Breaker(9, until, 1800.0))
    store.health.note_failure(1, NOW, "421 4.3.2 busy")
    text = cli("providers", "show", "1").out
    assert ": 421 4.3.2 busy\n" in text
    assert "\nFailures in a row        9\n" in text
    assert cli("providers", "resume", "1").out == "“Relay” is used again.\n"
    assert cli("providers", "show", "1", "--json").json[0]["condition"] == "ready"
