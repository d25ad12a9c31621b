"""The events of the sender that are written to the log file."""

from __future__ import annotations

import logging

import pytest

from mailadmin.delivery import (
    Activity,
    Condition,
    Notice,
    NoticeKind,
    ProviderCondition,
    SenderState,
)
from mailadmin.diagnostics.sender_log import SenderLog
from mailadmin.domain.errors import StorageBusy
from tests.smtp_providers import stored_provider

RELAY = stored_provider("Relay", "smtp.example.org", 587, "a@example.org", id=3)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> SenderLog:
    caplog.set_level(logging.INFO, logger="mailadmin.events")
    return SenderLog()


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_sending_and_waiting_are_not_logged(
    log: SenderLog, caplog: pytest.LogCaptureFixture
) -> None:
    for activity in (Activity.IDLE, Activity.SENDING, Activity.LIMITED, Activity.WAITING) * 3:
        log.state(SenderState(activity, total=9))
    assert said(caplog) == []


def test_trouble_and_its_end_are_logged_once(
    log: SenderLog, caplog: pytest.LogCaptureFixture
) -> None:
    locked = StorageBusy("Another program holds it.")
    for _ in range(3):
        log.state(SenderState(Activity.OFFLINE))
    for _ in range(3):
        log.state(SenderState(Activity.STORAGE_TROUBLE, trouble=locked))
    for _ in range(3):
        log.state(SenderState(Activity.SENDING))
    log.state(SenderState(Activity.PAUSED))
    assert said(caplog) == [
        ("WARNING", "Sender: offline"),
        ("WARNING", "Sender: storage trouble: Another program holds it."),
        ("INFO", "Sender: goes on"),
        ("INFO", "Sender: paused"),
    ]


def test_a_paused_provider_that_works_again_is_logged(
    log: SenderLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.notice(Notice(NoticeKind.PROVIDER_PAUSED, RELAY, "535 wrong password"))
    for condition in (Condition.READY, Condition.PAUSED, Condition.PAUSED, Condition.PROBING):
        log.state(SenderState(Activity.SENDING, conditions={3: ProviderCondition(condition)}))
    for _ in range(2):
        log.state(SenderState(Activity.IDLE, conditions={3: ProviderCondition(Condition.READY)}))
    assert said(caplog) == [
        ("WARNING", "Sender: provider paused: “Relay”: 535 wrong password"),
        ("INFO", "Sender: “Relay” is used again"),
    ]
