"""What is said of a provider: the first thing that keeps it from sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.delivery import Condition, ProviderCondition
from mailadmin.domain.health import Breaker, LimitUse, ProviderHealth
from mailadmin.domain.provider import Limit, ProviderPause, StoredProvider
from mailadmin.ui.providers.standing import Standing, standing
from mailadmin.ui.theme.icon_names import IconName
from tests.smtp_providers import stored_provider

NOW = datetime.now(UTC).replace(microsecond=0)
SOON = NOW + timedelta(seconds=20)
RELAY = stored_provider("Relay", "smtp.example.org", 587, "a@example.org", id=1)
USED = ProviderHealth(1, last_success_at=NOW)
PAUSED = replace(RELAY, pause=ProviderPause("535 no.", NOW))
RESTING = replace(USED, breaker=Breaker(5, SOON, 60.0), last_failure="Refused.")
FULL = replace(USED, limits=(LimitUse(Limit(100, 3600), 100, SOON),))
CLOCK = f"{SOON.astimezone():%H:%M:%S}"


def told(condition: Condition, until: datetime | None = None, detail: str = "") -> Standing:
    return standing(RELAY, USED, ProviderCondition(condition, until, detail), now=NOW)


@pytest.mark.parametrize(
    ("provider", "health", "words", "detail"),
    [
        (RELAY, USED, "Healthy", "last took a message"),
        (RELAY, ProviderHealth(1), "Not used yet", "No mail was sent"),
        (RELAY, RESTING, f"Resting until {CLOCK}", "5 failures in a row: Refused."),
        (RELAY, replace(RESTING, breaker=Breaker(5, NOW, 60.0)), "Trying again", "Refused."),
        (RELAY, replace(RESTING, breaker=Breaker(1)), "Trying again", "1 failure: Refused."),
        (
            RELAY,
            ProviderHealth(1, last_failure_at=NOW, last_failure="Refused."),
            "Trying again",
            "Refused.",
        ),
        (RELAY, FULL, f"Limit reached until {CLOCK}", "100 per hour. Mail waits"),
        (PAUSED, RESTING, "Paused", "535 no."),
        (replace(PAUSED, enabled=False), USED, "Disabled", "Nothing is sent"),
    ],
    # Not by the words: the time in them is another one in each process that tests run in.
    ids=[
        *("healthy", "unused", "resting", "rested", "failed once", "failed", "full"),
        *("paused", "disabled"),
    ],
)
def test_what_is_stored(
    provider: StoredProvider, health: ProviderHealth, words: str, detail: str
) -> None:
    found = standing(provider, health, None, now=NOW)
    assert found.words == words
    assert detail in found.detail


def test_what_only_the_sender_knows() -> None:
    assert told(Condition.READY).words == "Healthy"
    assert told(Condition.OFFLINE).words == "Offline"
    assert "no network" in told(Condition.OFFLINE).detail
    needed = told(Condition.PASSWORD_NEEDED, None, "Unlock it.")
    assert (needed.words, needed.detail) == ("Password needed", "Unlock it.")
    assert told(Condition.RESTING, SOON).words == f"Resting until {CLOCK}"
    assert told(Condition.PROBING).words == "Trying again"
    assert told(Condition.LIMITED, SOON).words == f"Limit reached until {CLOCK}"


def test_what_the_sender_said_is_no_longer_true_once_its_time_is_over() -> None:
    assert told(Condition.LIMITED, NOW).words == "Healthy"
    assert told(Condition.RESTING, NOW).words == "Trying again"


def test_every_standing_has_a_shape_of_its_own() -> None:
    offline = ProviderCondition(Condition.OFFLINE)
    locked = ProviderCondition(Condition.PASSWORD_NEEDED, None, "Unlock it.")
    found = [
        standing(RELAY, USED, None, now=NOW),
        standing(RELAY, ProviderHealth(1), None, now=NOW),
        standing(RELAY, RESTING, None, now=NOW),
        standing(RELAY, replace(RESTING, breaker=Breaker(5, NOW)), None, now=NOW),
        standing(RELAY, FULL, None, now=NOW),
        standing(PAUSED, USED, None, now=NOW),
        standing(replace(RELAY, enabled=False), USED, None, now=NOW),
        standing(RELAY, USED, locked, now=NOW),
        standing(RELAY, USED, offline, now=NOW),
    ]
    icons: list[IconName] = [one.icon for one in found]
    assert len(set(icons)) == len(icons)
