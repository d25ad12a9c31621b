"""The Limits group: when a provider is chosen, and how much it is asked to send."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mailadmin.domain.provider import Provider
from mailadmin.providers.validation import count_range
from mailadmin.store import Store
from tests.smtp_providers import smtp_provider
from tests.ui.provider_dialogs import Dialogs

STORED = smtp_provider(
    "Main",
    "smtp.example.org",
    587,
    "news@example.org",
    priority=3,
    weight=2,
    max_connections=700,
    messages_per_connection=9,
    limit_per_hour=500,
)
LIMITS = ("Second", "Minute", "Hour", "Day")


@pytest.fixture
def stored(store: Store) -> Provider:
    return store.providers.add(STORED)


def test_it_shows_and_saves_what_is_entered(
    dialogs: Dialogs, store: Store, stored: Provider
) -> None:
    dialog = dialogs.open(stored)
    assert dialog.spin("prioritySpin").value() == 3
    assert dialog.spin("weightSpin").value() == 2
    assert dialog.spin("maxConnectionsSpin").value() == 700
    assert dialog.spin("messagesPerConnectionSpin").value() == 9
    assert [dialog.spin(f"limitPer{period}Spin").text() for period in LIMITS] == [
        *("No limit", "No limit", "500", "No limit"),
    ]
    for name, value in (("priority", 1), ("weight", 5), ("limitPerSecond", 2), ("limitPerDay", 9)):
        dialog.spin(f"{name}Spin").setValue(value)
    assert dialog.save() == replace(
        stored, priority=1, weight=5, limit_per_second=2, limit_per_day=9
    )
    assert store.providers.list() == dialog.saved


@pytest.mark.parametrize("typed", ["", "0"])
def test_an_emptied_limit_is_none(dialogs: Dialogs, stored: Provider, typed: str) -> None:
    dialog = dialogs.open(stored)
    spin = dialog.spin("limitPerHourSpin")
    spin.setFocus()
    spin.selectAll()
    QTest.keyClick(spin, Qt.Key.Key_Delete)
    QTest.keyClicks(spin, typed)
    QTest.keyClick(spin, Qt.Key.Key_Tab)
    assert spin.text() == "No limit"
    assert dialog.save().limit_per_hour is None


def test_a_limit_is_typed_over_the_words(dialogs: Dialogs, stored: Provider) -> None:
    dialog = dialogs.open(stored)
    spin = dialog.spin("limitPerDaySpin")
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "2000")
    assert dialog.save().limit_per_day == 2000


def test_opening_it_changes_nothing(dialogs: Dialogs, stored: Provider) -> None:
    dialog = dialogs.open(stored)
    assert not dialog.dialog.has_changes()


def test_what_validation_allows_can_be_entered(dialogs: Dialogs, stored: Provider) -> None:
    dialog = dialogs.open(stored)
    for name, attribute in (
        ("prioritySpin", "priority"),
        ("weightSpin", "weight"),
        ("maxConnectionsSpin", "max_connections"),
    ):
        spin = dialog.spin(name)
        assert (spin.minimum(), spin.maximum()) == count_range(attribute)
