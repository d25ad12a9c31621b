"""Every preference is declared whole, and is one that the sender goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailadmin.delivery.disposition import dispose
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.domain.claim import Claim, Disposition
from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.policy import RetryPolicy
from mailadmin.preferences import PREFERENCES, Preference, Preferences, values_of
from tests.preferences.other import OTHER

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FIRST = Claim(
    queue_id=1, email_id=1, stored_id=1, attempt_id=1, recipient="a@b.org", owner="me", epoch=1,
    attempts_count=0, schedule_step=0, schedule_started_at=NOW, expires_at=None,
    envelope_from=None, size=10, unknown_outcomes=0,
)  # fmt: skip


def disposed(options: DeliveryOptions, outcome: OutcomeKind, claim: Claim = FIRST) -> Disposition:
    return dispose(
        claim,
        Outcome(outcome, Stage.END_OF_DATA, "because"),
        options,
        NOW,
        lambda: 0.75,
        elsewhere=False,
        provider_id=1,
    )


def deferred(**claim: Any) -> Callable[[DeliveryOptions], Disposition]:  # noqa: ANN401
    return lambda options: disposed(options, OutcomeKind.DEFERRED, replace(FIRST, **claim))


# What the sender does with an email, which differs by the preference.
READ_BY_THE_SENDER: dict[str, Callable[[DeliveryOptions], Disposition]] = {
    "retry_delays": deferred(),
    "retry_repeat": deferred(attempts_count=9, schedule_step=9),
    "retry_expiry": deferred(
        attempts_count=9, schedule_step=9, schedule_started_at=NOW - timedelta(days=1)
    ),
    "retry_jitter": deferred(),
    "never_duplicate": lambda options: disposed(options, OutcomeKind.UNCERTAIN),
}

each_preference = pytest.mark.parametrize(
    "preference", PREFERENCES, ids=lambda preference: preference.key
)


@each_preference
def test_the_sender_goes_by_it(preference: Preference[Any]) -> None:
    disposition = READ_BY_THE_SENDER[preference.key]
    other = replace(DeliveryOptions(), **{preference.key: preference.of(OTHER)})
    assert disposition(other) != disposition(DeliveryOptions())


@each_preference
def test_it_has_its_texts(preference: Preference[Any]) -> None:
    assert preference.label.count("&") == 1
    assert preference.description.endswith(".")
    assert preference.group.title


@each_preference
def test_the_readme_tells_its_default(preference: Preference[Any]) -> None:
    readme = Path(__file__).parents[2] / "README.md"
    row = f"| `{preference.key}` | `{preference.kind.show(preference.default)}` | "
    assert row in readme.read_text(encoding="utf-8")


@each_preference
def test_its_default_makes_sense_and_keeps_its_value_in_every_form(
    preference: Preference[Any],
) -> None:
    kind, default, key = preference.kind, preference.default, preference.key
    assert kind.check(default, key) == default
    assert kind.parse(kind.show(default), key) == default
    assert kind.from_json(kind.to_json(default)) == default


def test_every_value_is_declared_and_stored_under_a_name_of_its_own() -> None:
    assert [field.name for field in fields(Preferences)] == list(values_of(Preferences()))
    assert len({preference.stored_as for preference in PREFERENCES}) == len(PREFERENCES)


def test_shortcut_keys_differ() -> None:
    keys = [preference.label.partition("&")[2][0].lower() for preference in PREFERENCES]
    assert len(set(keys)) == len(keys)


def test_the_defaults_are_the_schedule_of_the_product() -> None:
    assert Preferences().retry == RetryPolicy()
    assert not Preferences().never_duplicate


@pytest.mark.parametrize("extreme", [1.0, 30 * 86400.0])
def test_the_sender_can_reckon_with_the_extremes_that_are_allowed(extreme: float) -> None:
    values = {
        "retry_delays": (extreme,),
        "retry_repeat": extreme,
        "retry_jitter": 0.5,
        "retry_expiry": max(extreme, 60.0),
    }
    for preference in PREFERENCES:
        if preference.key in values:
            preference.kind.check(values[preference.key], preference.key)
    retry = replace(Preferences(), **values).retry  # type: ignore[arg-type]
    assert retry.next_attempt(1, NOW, NOW, random=lambda: 0.99) is not None
