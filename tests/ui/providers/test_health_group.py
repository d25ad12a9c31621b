"""The Health group of the provider dialog: read only, up to date, and a way out of a pause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtWidgets import QLabel

from mailadmin.domain.health import Breaker
from mailadmin.domain.provider import StoredProvider
from mailadmin.store import Store
from mailadmin.ui.providers.health_group import HealthGroup
from mailadmin.ui.widgets.mark import Mark
from tests.smtp_providers import smtp_provider
from tests.ui.finding import child
from tests.ui.provider_dialogs import Dialogs, OpenDialog

RELAY = smtp_provider("Main", "smtp.example.org", 587, "news@example.org", limit_per_hour=100)


@pytest.fixture
def stored(store: Store) -> StoredProvider:
    return store.providers.add(RELAY)


def state(dialog: OpenDialog) -> str:
    return child(dialog.dialog, Mark, "healthState").word.text()


def text(dialog: OpenDialog, name: str) -> str:
    label = child(dialog.dialog, QLabel, name)
    return label.text() if label.isVisible() else ""


def test_a_new_provider_has_no_health(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    assert not child(dialog.dialog, HealthGroup, "healthGroup").isVisible()


def test_what_happened_is_shown_as_it_happens(
    dialogs: Dialogs, store: Store, stored: StoredProvider
) -> None:
    dialog = dialogs.open(stored)
    assert state(dialog) == "Not used yet"
    assert not text(dialog, "lastSuccessText")
    assert not text(dialog, "lastFailureText")
    dialog.qtbot.waitUntil(lambda: text(dialog, "limitUseText") == "0 of 100 per hour")
    assert text(dialog, "sentTodayText") == "0"
    now = datetime.now(UTC)
    store.health.note_success(stored.id, now)
    dialog.qtbot.waitUntil(lambda: state(dialog) == "Healthy")
    assert text(dialog, "lastSuccessText")
    store.health.note_failure(stored.id, now, "Connection refused.")
    store.health.save_breaker(stored.id, Breaker(5, now + timedelta(minutes=5), 60.0))
    dialog.qtbot.waitUntil(lambda: state(dialog).startswith("Resting until"))
    assert text(dialog, "lastFailureText").endswith(": Connection refused.")
    assert "5 failures in a row" in text(dialog, "healthDetail")
    assert not dialog.button("resumeButton").isVisible()


def test_a_pause_can_be_ended(dialogs: Dialogs, store: Store, stored: StoredProvider) -> None:
    store.providers.pause(stored.id, "535 5.7.8 no")
    dialog = dialogs.open(store.providers.get(stored.id))
    assert state(dialog) == "Paused"
    assert "535 5.7.8 no" in text(dialog, "healthDetail")
    dialog.type("captionEdit", "Half done")
    dialog.click("resumeButton")
    dialog.qtbot.waitUntil(lambda: state(dialog) == "Not used yet")
    assert store.providers.get(stored.id).pause is None
    assert dialog.edit("captionEdit").text() == "Half done"
    dialog.type("captionEdit", "Main")
    assert not dialog.dialog.has_changes()
    dialog.click("saveButton")
    assert dialog.gone
    assert not dialog.saved  # there was nothing left to save


def test_a_pause_that_comes_while_it_is_open_is_shown(
    dialogs: Dialogs, store: Store, stored: StoredProvider
) -> None:
    dialog = dialogs.open(stored)
    store.providers.pause(stored.id, "535 5.7.8 no")
    dialog.qtbot.waitUntil(lambda: dialog.button("resumeButton").isVisible())
    assert state(dialog) == "Paused"
    assert not dialog.dialog.has_changes()
    assert dialog.save().pause is None
    assert store.providers.get(stored.id).pause is None


def test_a_provider_deleted_meanwhile_keeps_what_was_shown(
    dialogs: Dialogs, store: Store, stored: StoredProvider
) -> None:
    other = store.providers.add(replace(RELAY, uid="other"))
    dialog = dialogs.open(stored)
    store.providers.remove(stored.id)
    with dialog.qtbot.waitCallback() as later:
        dialogs.background.run(lambda: None, later)
    assert state(dialog) == "Not used yet"
    assert store.providers.list() == [other]
