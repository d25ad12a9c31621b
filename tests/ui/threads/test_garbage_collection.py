"""Garbage is collected in the GUI thread, and only there."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.threads.garbage_collection import GarbageCollection, collect_due
from tests.ui.application import running_window


class Cycle:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture
def automatic() -> Iterator[None]:
    """Automatic collection is enabled, as at Python's start."""
    was = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was else gc.disable)()


def make_garbage() -> None:
    """Make more cyclic garbage than Python leaves uncollected."""
    for _ in range(5000):
        Cycle()


@pytest.mark.usefixtures("automatic")
def test_another_thread_never_collects_garbage(qtbot: QtBot) -> None:
    found_in: list[int] = []
    owner = QObject()
    collection = GarbageCollection(owner, interval=5)
    gc.collect()

    def note(phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            found_in.append(threading.get_ident())

    gc.callbacks.append(note)
    try:
        ring = Cycle()
        gone = weakref.ref(ring)
        del ring
        thread = threading.Thread(target=make_garbage)
        thread.start()
        qtbot.waitUntil(lambda: gone() is None)
        thread.join()
    finally:
        gc.callbacks.remove(note)
        collection.stop()
    assert set(found_in) == {threading.get_ident()}
    assert gc.isenabled()


def test_young_generations_are_collected_more_often_than_old_ones() -> None:
    gc.collect()
    thresholds = gc.get_threshold()
    counts = []
    for _ in range(thresholds[1] + 2):
        make_garbage()
        collect_due()
        counts.append(gc.get_count())
    assert all(count[0] < thresholds[0] for count in counts)
    assert counts[0][1] == 1  # only the youngest generation at first
    assert counts[-1][2] == 1  # the next older one after a while
    assert collect_due() == 0  # no generation is due


@pytest.mark.usefixtures("automatic")
def test_the_window_disables_automatic_collection_until_it_closes(
    tmp_path: Path, qtbot: QtBot
) -> None:
    with running_window(tmp_path) as window:
        qtbot.waitUntil(lambda: window.tab(ProvidersTab).model.loaded)
        assert not gc.isenabled()
    assert gc.isenabled()
