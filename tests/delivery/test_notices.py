"""One notice per incident: again only after it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailadmin.delivery.notices import Notices
from mailadmin.delivery.state import Notice, NoticeKind
from mailadmin.domain.health import Breaker
from tests.delivery.provider_queues import FOUND, MISSING, NOW, PAUSE, provider

OPEN = Breaker(5, NOW + timedelta(minutes=1), 60.0)


class Incident:
    """One kind of trouble of a provider, as the sender meets it."""

    def __init__(self, kind: NoticeKind, number: int = 1) -> None:
        self.kind = kind
        self.provider = provider(number, username="me")
        self.breaker = Breaker()
        self.undecided = False

    def happens(self, notices: Notices) -> None:
        match self.kind:
            case NoticeKind.PASSWORD_NEEDED:
                notices.looked_up(self.provider, MISSING)
            case NoticeKind.PROVIDER_PAUSED:
                self.provider = replace(self.provider, pause=PAUSE)
                notices.paused(self.provider, "why")
            case NoticeKind.PROVIDER_RESTING:
                self.breaker = OPEN
                notices.resting(self.provider, "why")
            case NoticeKind.NEEDS_DECISION:
                self.undecided = True
                notices.needs_decision(self.provider, "why")

    def ends(self, notices: Notices) -> None:
        self.provider = replace(self.provider, pause=None)
        self.breaker = Breaker()
        self.undecided = False
        if self.kind is NoticeKind.PASSWORD_NEEDED:
            notices.looked_up(self.provider, FOUND)
        self.is_looked_at(notices)

    def is_looked_at(self, notices: Notices) -> None:
        notices.update(self.provider, self.breaker, undecided=self.undecided)


@pytest.fixture
def told() -> list[Notice]:
    return []


@pytest.fixture
def notices(told: list[Notice]) -> Notices:
    return Notices(told.append)


@pytest.mark.parametrize("kind", NoticeKind)
def test_an_incident_is_told_once_and_again_after_it_was_over(
    kind: NoticeKind, notices: Notices, told: list[Notice]
) -> None:
    incident = Incident(kind)
    for _ in range(100):
        incident.happens(notices)
        incident.is_looked_at(notices)
    text = "Enter the password." if kind is NoticeKind.PASSWORD_NEEDED else "why"
    assert [(notice.kind, notice.text) for notice in told] == [(kind, text)]
    assert told[0].provider.id == 1
    incident.ends(notices)
    assert len(told) == 1  # its end is no news
    incident.happens(notices)
    assert [notice.kind for notice in told] == [kind, kind]


@pytest.mark.parametrize("kind", NoticeKind)
def test_another_providers_incident_is_another_one(
    kind: NoticeKind, notices: Notices, told: list[Notice]
) -> None:
    for number in (1, 2):
        Incident(kind, number).happens(notices)
    assert [notice.provider.id for notice in told] == [1, 2]


def test_another_kind_of_trouble_is_another_incident(notices: Notices, told: list[Notice]) -> None:
    for kind in NoticeKind:
        Incident(kind).happens(notices)
    assert [notice.kind for notice in told] == list(NoticeKind)


def test_a_rest_that_follows_a_rest_is_the_same_incident(
    notices: Notices, told: list[Notice]
) -> None:
    """A breaker that lets one message find out, and opens again, was not closed between."""
    incident = Incident(NoticeKind.PROVIDER_RESTING)
    incident.happens(notices)
    incident.breaker = Breaker(6, NOW - timedelta(minutes=1), 120.0)
    incident.is_looked_at(notices)
    incident.happens(notices)
    assert len(told) == 1


def test_one_decision_that_is_taken_leaves_the_others_told(
    notices: Notices, told: list[Notice]
) -> None:
    incident = Incident(NoticeKind.NEEDS_DECISION)
    incident.happens(notices)
    incident.is_looked_at(notices)
    incident.happens(notices)
    assert len(told) == 1
