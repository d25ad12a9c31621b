"""For how long a database that fails is left alone."""

from __future__ import annotations

import math

from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.storage_rest import StorageRest
from mailadmin.domain.errors import StorageBusy, StorageFull, StorageSyncFailed

FULL = StorageFull("full")


def test_storage_trouble_begins_a_rest_and_a_success_ends_it() -> None:
    rest = StorageRest(DeliveryOptions(storage_pause=100.0))
    assert not rest.end()  # there was none
    assert rest.seconds_left == 0.0
    rest.begin(FULL)
    assert rest.trouble is FULL
    assert 99.0 < rest.seconds_left <= 100.0
    assert rest.end()
    assert not rest.end()
    assert rest.seconds_left == 0.0


def test_after_a_failed_sync_the_rest_has_no_end() -> None:
    rest = StorageRest(DeliveryOptions(storage_pause=0.0))
    rest.begin(StorageSyncFailed("no"))
    assert math.isinf(rest.seconds_left)
    rest.goes_on(FULL)
    assert math.isinf(rest.seconds_left)
    rest.interrupt()
    assert rest.seconds_left == 0.0
    assert rest.trouble is FULL


def test_a_lock_is_waited_for_until_its_patience_is_over() -> None:
    patient, impatient = (
        StorageRest(DeliveryOptions(storage_wait=seconds)) for seconds in (100.0, 0.0)
    )
    assert patient.may_wait_for_lock()
    assert patient.may_wait_for_lock()
    assert not impatient.may_wait_for_lock()
    patient.begin(StorageBusy("locked"))
    assert not patient.may_wait_for_lock()  # it is trouble already
    patient.end()
    assert patient.may_wait_for_lock()
