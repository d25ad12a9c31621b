"""A clock that was set is noticed, and told to the store until that has taken note of it."""

from __future__ import annotations

import logging

import pytest

from mailadmin.delivery import steady_clock
from mailadmin.delivery.clock_watch import ClockWatch
from mailadmin.domain.errors import StorageBusy
from mailadmin.store import Store

DAY = 86400.0


class Computer:
    """A computer whose clock can be set, and what the store was told of it."""

    def __init__(self, store: Store, patch: pytest.MonkeyPatch) -> None:
        self.offset = 1000.0
        self.told: list[float] = []
        self.locked = False
        self._adjust = store.clock.adjust
        patch.setattr(steady_clock, "offset", lambda: self.offset)
        patch.setattr(steady_clock, "boot_id", lambda: "boot")
        patch.setattr(store.clock, "adjust", self._note)

    def _note(self, boot_id: str, offset: float, threshold: float) -> float:
        if self.locked:
            raise StorageBusy("locked")
        self.told.append(offset)
        return self._adjust(boot_id, offset, threshold)


@pytest.fixture
def computer(store: Store, monkeypatch: pytest.MonkeyPatch) -> Computer:
    return Computer(store, monkeypatch)


def test_only_a_clock_that_was_set_is_told(
    store: Store, computer: Computer, caplog: pytest.LogCaptureFixture
) -> None:
    watch = ClockWatch(store)
    watch.look()
    assert computer.told == [1000.0]  # another sender may have seen another time
    computer.offset += 29.0  # corrected
    watch.look()
    assert computer.told == [1000.0]
    with caplog.at_level(logging.WARNING, "mailadmin.delivery.clock_watch"):
        computer.offset += DAY
        watch.look()
        watch.look()
    assert computer.told == [1000.0, 1029.0 + DAY]
    assert [record.getMessage() for record in caplog.records] == [
        "The clock was set by +86429 s: waiting mail keeps its waits."
    ]


def test_what_the_store_could_not_note_is_told_again(store: Store, computer: Computer) -> None:
    watch = ClockWatch(store)
    computer.locked = True
    with pytest.raises(StorageBusy):
        watch.look()
    computer.locked = False
    watch.look()
    assert computer.told == [1000.0]
