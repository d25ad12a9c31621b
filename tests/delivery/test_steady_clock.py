"""A clock that was set is told from time that passed."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from mailadmin.delivery import steady_clock

ELSEWHERE = "from mailadmin.delivery import steady_clock as c; print(c.boot_id(), c.offset())"


class Computer:
    """A computer's clocks: stands in for `time`."""

    CLOCK_BOOTTIME = 7

    def __init__(self) -> None:
        self.of_day, self.awake, self.asleep = 1_700_000_000.0, 500.0, 40.0

    def time(self) -> float:
        return self.of_day

    def clock_gettime(self, clock: int) -> float:
        assert clock == self.CLOCK_BOOTTIME
        return self.awake + self.asleep

    def monotonic(self) -> float:
        return self.awake


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> Computer:
    made = Computer()
    monkeypatch.setattr(steady_clock, "time", made)
    return made


def test_time_that_passes_changes_nothing(computer: Computer) -> None:
    before = steady_clock.offset()
    computer.of_day += 86400
    computer.awake += 86400
    assert steady_clock.offset() == before


def test_time_asleep_is_time_that_passed(computer: Computer) -> None:
    before = steady_clock.offset()
    computer.of_day += 3600
    computer.asleep += 3600
    assert steady_clock.offset() == before


@pytest.mark.parametrize("seconds", [3600.0, -86400.0])
def test_a_clock_that_is_set_shows_by_how_much(computer: Computer, seconds: float) -> None:
    before = steady_clock.offset()
    computer.of_day += seconds
    assert steady_clock.offset() - before == seconds


def test_where_there_is_no_such_clock_the_monotonic_one_serves(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Computer, "CLOCK_BOOTTIME")
    assert steady_clock.offset() == computer.of_day - computer.awake


def test_all_processes_of_a_computer_agree() -> None:
    began = time.monotonic()
    here = steady_clock.offset()
    command = [sys.executable, "-c", ELSEWHERE]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    boot, _, there = done.stdout.strip().rpartition(" ")
    assert boot == steady_clock.boot_id()
    # A machine that is too busy to read two clocks at one time is forgiven, but no more than that.
    assert float(there) == pytest.approx(here, abs=max(0.05, (time.monotonic() - began) / 10))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux names its starts")
def test_the_boot_of_the_computer_has_a_name() -> None:
    assert uuid.UUID(steady_clock.boot_id())


def test_a_system_without_a_name_for_its_boot_has_an_empty_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(steady_clock, "_BOOT_ID", tmp_path / "boot_id")
    assert steady_clock.boot_id() == ""
