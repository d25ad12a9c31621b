"""The status bar's text for what the sender does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from mailadmin.delivery import Activity, SenderState
from mailadmin.ui.words.status_text import status_icon, status_text
from tests.smtp_providers import stored_provider

LOCALE = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
RELAY = stored_provider("Relay", "smtp.example.org", 587, "a@example.org", id=1)


@pytest.mark.parametrize("activity", list(Activity))
def test_every_activity_has_a_text_and_an_icon(activity: Activity) -> None:
    state = SenderState(activity)
    assert status_text(state, LOCALE)
    if activity not in {Activity.WAITING, Activity.STORAGE_TROUBLE, Activity.PROVIDER_PAUSED}:
        assert status_text(state, LOCALE) != activity.value
    icon, _ = status_icon(state)
    assert icon


def test_a_state_that_ends_by_itself_says_when(qapp: QApplication) -> None:
    del qapp
    soon = datetime.now(UTC) + timedelta(seconds=30)
    clock = f"{soon.astimezone():%H:%M:%S}"
    resting = SenderState(Activity.RESTING, until=soon, providers=(RELAY,))
    assert status_text(resting, LOCALE) == f"Resting until {clock} after failures: Relay"
    limited = replace(resting, activity=Activity.LIMITED)
    assert status_text(limited, LOCALE) == f"Limit reached, goes on at {clock}: Relay"
    offline = replace(resting, activity=Activity.OFFLINE)
    assert "Offline" in status_text(offline, LOCALE)


def test_a_time_on_another_day_has_its_date() -> None:
    later = datetime.now(UTC) + timedelta(days=3)
    text = status_text(SenderState(Activity.RESTING, until=later), LOCALE)
    assert f"{later.astimezone():%d/%m/%Y %H:%M}" in text
