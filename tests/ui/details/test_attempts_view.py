"""The list of attempts: their times and outcomes, the server's replies, the next attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QTreeWidget, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from mailadmin.domain.log import Attempt
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.ui.details.attempts_view import AttemptsView
from mailadmin.ui.theme.icons import Icons
from tests.ui.finding import child

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def made(number: int, after: float, outcome: OutcomeKind = OutcomeKind.DEFERRED) -> Attempt:
    started = START + timedelta(seconds=after)
    return Attempt(
        id=number,
        email_id=1,
        queue_id=1,
        number=number,
        provider_id=7,
        provider_caption="Relay <b>",
        started_at=started,
        finished_at=started + timedelta(seconds=1.5),
        point_of_no_return_at=None,
        stage=Stage.RCPT,
        outcome=outcome,
        reason=f"reason {number}",
        reply_text=f"451-4.7.1 later\n451 4.7.1 number {number}",
        possible_duplicate=False,
    )


@pytest.fixture
def view(qtbot: QtBot, icons: Icons) -> AttemptsView:
    view = AttemptsView(icons)
    qtbot.addWidget(view)
    view.resize(900, 500)
    view.show()
    return view


def items(view: AttemptsView) -> list[QTreeWidgetItem]:
    attempts = child(view, QTreeWidget, "attemptsTable")
    found = [attempts.topLevelItem(row) for row in range(attempts.topLevelItemCount())]
    return [item for item in found if item is not None]


def reply(view: AttemptsView) -> str:
    return child(view, QPlainTextEdit, "replyText").toPlainText()


def test_attempts_are_listed_with_the_time_between_them(view: AttemptsView) -> None:
    attempts = [made(1, 0), made(2, 900), made(3, 900 + 3600 * 26 + 120), made(4, 80_000)]
    view.show_attempts(attempts, START + timedelta(seconds=80_030))
    texts = [item.text(2) for item in items(view)]
    assert texts == [
        "",
        "15 min later",
        "1 d 2 h later",
        "the clock was set back",
        "30 s later",
    ]
    last = items(view)[-1]
    assert last.text(5) == "Next attempt"
    assert last.text(1).endswith(":50.000")
    assert [items(view)[0].text(column) for column in (0, 3, 4, 5, 6)] == [
        "1",
        "Relay <b>",
        "RCPT TO",
        "Deferred",
        "1.50 s",
    ]
    assert items(view)[0].text(7) == "451-4.7.1 later 451 4.7.1 number 1"


def test_the_reply_of_the_selected_attempt_is_shown_verbatim(view: AttemptsView) -> None:
    view.show_attempts([made(1, 0), made(2, 60)], START + timedelta(hours=1))
    assert reply(view).endswith("number 2")
    attempts = child(view, QTreeWidget, "attemptsTable")
    attempts.setFocus()
    QTest.keyClick(attempts, Qt.Key.Key_Up)
    assert reply(view) == "451-4.7.1 later\n451 4.7.1 number 1"
    QTest.keyClick(attempts, Qt.Key.Key_End)
    assert reply(view) == ""
    assert "not made yet" in child(view, QLabel, "attemptReason").text()


def test_the_provider_of_an_attempt_is_a_link_unless_it_was_deleted(
    view: AttemptsView, qtbot: QtBot
) -> None:
    view.show_attempts([made(1, 0), replace(made(2, 60), provider_id=None)])
    attempts = child(view, QTreeWidget, "attemptsTable")

    def click(row: int, column: int) -> None:
        place = attempts.visualItemRect(items(view)[row]).center()
        x = attempts.columnViewportPosition(column) + 5
        QTest.mouseClick(attempts.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, place.y()))

    with qtbot.waitSignal(view.providerRequested) as asked:
        click(0, 3)
    assert asked.args == [7]
    with qtbot.assertNotEmitted(view.providerRequested):
        click(0, 4)
        click(1, 3)  # this provider was deleted
    label = child(view, QLabel, "attemptProvider")
    assert "<a " not in label.text()
    click(0, 4)
    assert label.text() == 'Provider: <a href="7">Relay &lt;b&gt;</a>'
    with qtbot.waitSignal(view.providerRequested) as asked:
        label.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(label, Qt.Key.Key_Tab)
        QTest.keyClick(label, Qt.Key.Key_Return)
    assert asked.args == [7]


def test_a_possible_duplicate_is_flagged(view: AttemptsView) -> None:
    view.show_attempts([replace(made(1, 0, OutcomeKind.ACCEPTED), possible_duplicate=True)])
    assert items(view)[0].text(5) == "Accepted, possible duplicate"
    assert "twice" in child(view, QLabel, "attemptReason").text()


def test_the_selected_attempt_stays_selected_when_another_one_is_added(view: AttemptsView) -> None:
    view.show_attempts([made(1, 0), made(2, 60)])
    attempts = child(view, QTreeWidget, "attemptsTable")
    attempts.setCurrentItem(items(view)[0])
    view.show_attempts([made(1, 0), made(2, 60), made(3, 120)])
    assert reply(view).endswith("number 1")
    attempts.setCurrentItem(items(view)[2])
    view.show_attempts([made(1, 0), made(2, 60), made(3, 120), made(4, 180)])
    assert reply(view).endswith("number 4")
    view.show_attempts([])
    assert "not tried yet" in child(view, QLabel, "attemptReason").text()
    assert reply(view) == ""
