"""What the administrator wants is stored and read back; nonsense in its place is not believed."""

from __future__ import annotations

import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import pytest

from mailadmin.delivery.options import DeliveryOptions
from mailadmin.domain.errors import InvalidInput
from mailadmin.drivers.registry import standard_drivers
from mailadmin.policy import RetryPolicy
from mailadmin.preferences import PREFERENCES, Preference, Preferences, values_of
from mailadmin.store import Store
from tests.preferences.other import OTHER

BEFORE = {
    "retry_delays": (90.0,),
    "retry_repeat": 3600.0,
    "retry_jitter": 0.1,
    "retry_expiry": 7200.0,
    "never_duplicate": True,
}
STORED_BEFORE = (  # by the versions that had the keys in the code of the sender
    '{"delays": [90.0], "repeat": 3600.0, "jitter": 0.1, "expiry": 7200.0, "never_duplicate": true}'
)
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
SENSIBLE: list[tuple[str, object]] = [("delays", []), ("jitter", 0)]  # some of NONSENSE is there
DEFAULT = values_of(Preferences())
PLACES = {preference.stored_as: preference.key for preference in PREFERENCES}


def loaded(store: Store) -> Preferences:
    return store.settings.preferences(Preferences())


def test_what_is_saved_is_loaded(store: Store) -> None:
    assert loaded(store) == Preferences()
    store.settings.save(OTHER)
    assert loaded(store) == OTHER


def test_what_an_older_version_stored_is_read(store: Store, tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / "mail.db"))
    connection.execute("INSERT INTO setting (key, value) VALUES ('delivery', ?)", (STORED_BEFORE,))
    connection.close()
    assert values_of(loaded(store)) == DEFAULT | BEFORE


def test_what_is_stored_can_be_read_by_an_older_version(store: Store) -> None:
    store.settings.save(Preferences(**BEFORE))  # type: ignore[arg-type]
    assert json.loads(STORED_BEFORE).items() <= store.settings.get("delivery").items()


def test_the_sender_s_own_options_are_in_force_while_nothing_is_stored(store: Store) -> None:
    options = DeliveryOptions(lease=7.0, idle=3.0, retry_repeat=600.0)
    assert store.settings.preferences(options) == options
    store.settings.save(OTHER)
    found = store.settings.preferences(options)
    assert values_of(found) == values_of(OTHER)
    assert (found.lease, found.idle) == (7.0, 3.0)


def test_a_schedule_without_first_waits_is_a_schedule_too(store: Store) -> None:
    bare = replace(OTHER, retry_delays=())
    store.settings.save(bare)
    assert loaded(store) == bare


@pytest.mark.parametrize("place", PLACES)
def test_what_is_missing_is_as_by_default(store: Store, place: str) -> None:
    store.settings.save(OTHER)
    stored = store.settings.get("delivery")
    del stored[place]
    store.settings.set("delivery", stored)
    key = PLACES[place]
    assert loaded(store) == replace(OTHER, **{key: DEFAULT[key]})
    assert loaded(store) != OTHER


def test_keys_of_another_version_do_no_harm(store: Store) -> None:
    store.settings.save(OTHER)
    store.settings.set("delivery", {**store.settings.get("delivery"), "moon": {"phase": [1]}})
    assert loaded(store) == OTHER


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:8])
@pytest.mark.parametrize("place", PLACES)
def test_nonsense_in_one_place_is_not_believed(store: Store, place: str, value: object) -> None:
    store.settings.save(OTHER)
    store.settings.set("delivery", {**store.settings.get("delivery"), place: value})
    found = loaded(store)
    changed = next(each for each in PREFERENCES if each.stored_as == place)
    if (place, value) in SENSIBLE:
        assert found == replace(OTHER, **{changed.key: changed.kind.from_json(value)})
    else:
        # A schedule half of which is another's would be neither; and the promise not to send
        # twice does not go with it.
        alike = {each.key: each.default for each in PREFERENCES if each.group == changed.group}
        assert found == replace(OTHER, **alike)


@pytest.mark.parametrize("value", [*NONSENSE, True], ids=lambda value: repr(value)[:8])
def test_a_value_that_holds_no_preferences_is_not_believed(store: Store, value: object) -> None:
    store.settings.set("delivery", value)
    assert loaded(store) == Preferences()
    assert store.settings.preferences(OTHER) == OTHER


@pytest.mark.parametrize("delays", ["12", [1, "x"], [True, None], [60, math.nan], [0.5]])
def test_waits_that_are_no_durations_are_not_believed(store: Store, delays: object) -> None:
    store.settings.set("delivery", {"delays": delays, "repeat": 600})
    assert loaded(store).retry == RetryPolicy()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("retry_delays", (0.9,)),
        ("retry_delays", (60.0, -1.0)),
        ("retry_delays", (math.nan,)),
        ("retry_delays", (31 * 86400.0,)),
        ("retry_repeat", 0.0),
        ("retry_repeat", math.nan),
        ("retry_repeat", math.inf),
        ("retry_expiry", 59.0),
        ("retry_expiry", 30 * 86400.0 + 1),
        ("retry_expiry", math.nan),
        ("retry_jitter", -0.01),
        ("retry_jitter", 0.51),
        ("retry_jitter", math.nan),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_stored(
    store: Store, key: str, value: object
) -> None:
    store.settings.save(OTHER)
    (preference,) = [each for each in PREFERENCES if each.key == key]
    with pytest.raises(InvalidInput) as raised:
        store.settings.save(replace(Preferences(), **{key: value}))  # type: ignore[arg-type]
    assert raised.value.field == key
    with pytest.raises(InvalidInput) as raised:
        store.settings.prefer(preference, value)
    assert raised.value.field == key
    assert loaded(store) == OTHER


@pytest.mark.parametrize("preference", PREFERENCES, ids=lambda preference: preference.key)
def test_one_preference_is_stored_and_forgotten_alone(
    store: Store, preference: Preference[Any]
) -> None:
    value = preference.of(OTHER)
    store.settings.prefer(preference, value)
    assert loaded(store) == replace(Preferences(), **{preference.key: value})
    assert store.settings.get("delivery") == {preference.stored_as: preference.kind.to_json(value)}
    store.settings.save(OTHER)
    store.settings.forget(preference)
    assert loaded(store) == replace(OTHER, **{preference.key: preference.default})
    store.settings.forget(preference)  # is no error where nothing is stored


def test_a_preference_that_is_set_beside_nonsense_is_in_force(store: Store) -> None:
    store.settings.set("delivery", {"delays": "x", "repeat": 600, "never_duplicate": True})
    (repeat,) = [each for each in PREFERENCES if each.key == "retry_repeat"]
    store.settings.prefer(repeat, 900.0)
    assert loaded(store) == Preferences(retry_repeat=900.0, never_duplicate=True)


def test_two_programs_that_set_one_preference_each_lose_neither(
    store: Store, tmp_path: Path
) -> None:
    preferences = {each.key: each for each in PREFERENCES}
    together = threading.Barrier(2)

    def set_often(key: str) -> None:
        own = Store.open(tmp_path / "mail.db", standard_drivers())
        for number in range(20):
            together.wait(60)
            own.settings.prefer(preferences[key], 1000.0 + number)
            together.wait(60)
            found = own.settings.preferences(Preferences())
            assert (found.retry_repeat, found.retry_expiry) == (1000.0 + number, 1000.0 + number)
        own.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(set_often, ("retry_repeat", "retry_expiry")))
    assert loaded(store) == Preferences(retry_repeat=1019.0, retry_expiry=1019.0)
