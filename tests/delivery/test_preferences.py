"""What the administrator wants is stored and read back; nonsense in its place is not believed."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.preferences import DeliveryPreferences, checked, load, save
from mailadmin.domain.errors import InvalidInput
from mailadmin.policy import RetryPolicy
from mailadmin.store import Store

OTHER = DeliveryPreferences(RetryPolicy((1.0, 90.5), 7200.0, 0.0, 86400.0), never_duplicate=True)
NONSENSE: list[object] = [
    None,
    "x",
    "",
    [],
    {},
    [[1]],
    -1,
    0,
    1e300,
    math.inf,
    -math.inf,
    math.nan,
    10**400,
]
KEYS = ["delays", "repeat", "jitter", "expiry", "never_duplicate"]


def test_what_is_saved_is_loaded(store: Store) -> None:
    assert load(store.settings) == DeliveryPreferences()
    save(store.settings, OTHER)
    assert load(store.settings) == OTHER
    assert load(store.settings, DeliveryPreferences()) == OTHER


def test_no_delays_of_its_own_is_a_schedule_too(store: Store) -> None:
    bare = replace(OTHER, retry=replace(OTHER.retry, delays=()))
    save(store.settings, bare)
    assert load(store.settings) == bare


@pytest.mark.parametrize("key", KEYS)
def test_what_is_missing_is_as_by_default(store: Store, key: str) -> None:
    save(store.settings, OTHER)
    stored = store.settings.get("delivery")
    del stored[key]
    store.settings.set("delivery", stored)
    found = load(store.settings)
    assert found != OTHER
    default = DeliveryPreferences()
    if key == "never_duplicate":
        assert found == replace(OTHER, never_duplicate=False)
    else:
        retry = replace(OTHER.retry, **{key: getattr(default.retry, key)})
        assert found == replace(OTHER, retry=retry)


def test_keys_of_another_version_do_no_harm(store: Store) -> None:
    save(store.settings, OTHER)
    store.settings.set("delivery", {**store.settings.get("delivery"), "moon": {"phase": [1]}})
    assert load(store.settings) == OTHER


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:8])
@pytest.mark.parametrize("key", KEYS)
def test_nonsense_in_one_place_is_not_believed(store: Store, key: str, value: object) -> None:
    save(store.settings, OTHER)
    store.settings.set("delivery", {**store.settings.get("delivery"), key: value})
    found = load(store.settings)
    assert checked(found) == found
    if (key, value) == ("delays", []):
        assert found.retry.delays == ()
    elif key == "never_duplicate":
        assert found == replace(OTHER, never_duplicate=False)
    elif (key, value) != ("jitter", 0):
        # A schedule half of which is another's would be neither.
        assert found == replace(OTHER, retry=RetryPolicy())
        assert found.never_duplicate  # and the promise not to send twice does not go with it


@pytest.mark.parametrize("value", [*NONSENSE, True], ids=lambda value: repr(value)[:8])
def test_something_else_altogether_in_its_place(store: Store, value: object) -> None:
    store.settings.set("delivery", value)
    assert load(store.settings) == DeliveryPreferences()
    assert load(store.settings, OTHER) == OTHER


@pytest.mark.parametrize("delays", ["12", [1, "x"], [True, None], [60, math.nan], [0.5]])
def test_delays_that_are_none(store: Store, delays: object) -> None:
    store.settings.set("delivery", {"delays": delays, "repeat": 600})
    assert load(store.settings).retry == RetryPolicy()


@pytest.mark.parametrize(
    ("retry", "field"),
    [
        (RetryPolicy(delays=(0.9,)), "delays"),
        (RetryPolicy(delays=(60.0, -1.0)), "delays"),
        (RetryPolicy(delays=(math.nan,)), "delays"),
        (RetryPolicy(delays=(31 * 86400.0,)), "delays"),
        (RetryPolicy(repeat=0.0), "delays"),
        (RetryPolicy(repeat=math.nan), "delays"),
        (RetryPolicy(repeat=math.inf), "delays"),
        (RetryPolicy(expiry=59.0), "expiry"),
        (RetryPolicy(expiry=30 * 86400.0 + 1), "expiry"),
        (RetryPolicy(expiry=math.nan), "expiry"),
        (RetryPolicy(jitter=-0.01), "jitter"),
        (RetryPolicy(jitter=0.51), "jitter"),
        (RetryPolicy(jitter=math.nan), "jitter"),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_stored(
    store: Store, retry: RetryPolicy, field: str
) -> None:
    save(store.settings, OTHER)
    with pytest.raises(InvalidInput) as raised:
        save(store.settings, DeliveryPreferences(retry))
    assert raised.value.field == field
    assert load(store.settings) == OTHER


@pytest.mark.parametrize("extreme", [1.0, 30 * 86400.0])
def test_the_extremes_that_are_allowed_can_be_reckoned_with(extreme: float) -> None:
    retry = RetryPolicy((extreme,), extreme, 0.5, max(extreme, 60.0))
    assert checked(DeliveryPreferences(retry)).retry == retry
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry.next_attempt(1, now, now, random=lambda: 0.99) is not None


def test_they_replace_what_they_are_about_and_nothing_else() -> None:
    options = DeliveryOptions(lease=7.0, idle=3.0)
    applied = OTHER.applied_to(options)
    assert (applied.retry, applied.never_duplicate) == (OTHER.retry, True)
    assert replace(applied, retry=options.retry, never_duplicate=False) == options
