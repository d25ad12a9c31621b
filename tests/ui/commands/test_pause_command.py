"""The action "Pause sending" says what holds, and what the user chose until the sender knows it."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from mailadmin.delivery import Activity, SenderState
from mailadmin.ui.commands.pause_command import _OBEYED_WITHIN, PauseCommand
from mailadmin.ui.threads.sender import Delivers, Sender


class Asked:
    """A Deliverer that notes what it is asked for."""

    def __init__(self) -> None:
        self.wishes: list[str] = []

    def run(self) -> None:
        raise AssertionError

    def stop(self) -> None:
        raise AssertionError

    def pause(self) -> None:
        self.wishes.append("pause")

    def resume(self) -> None:
        self.wishes.append("resume")


class Joined:
    """The action and a sender that is not started: what it would say is said by the test."""

    def __init__(self, *, paused: bool = False, made: bool = True) -> None:
        self.asked = Asked()
        self.sender = Sender(self._make)
        self.action = QAction(checkable=True)
        self.command = PauseCommand(self.action, self.sender, paused=paused, parent=self.sender)
        if made:
            self.sender._make_deliverer()

    def _make(self, *_: object) -> Delivers:
        return self.asked

    def says(self, activity: Activity) -> bool:
        """The sender says this; gives whether the action is checked then."""
        self.sender.stateChanged.emit(SenderState(activity))
        return self.action.isChecked()


@pytest.mark.usefixtures("qtbot")
@pytest.mark.parametrize("paused", [True, False])
def test_at_first_it_says_what_is_stored_and_asks_for_nothing(paused: bool) -> None:
    joined = Joined(paused=paused)
    assert joined.action.isChecked() is paused
    assert joined.asked.wishes == []


@pytest.mark.usefixtures("qtbot")
def test_it_follows_what_somebody_else_has_set_and_asks_for_nothing() -> None:
    joined = Joined()
    assert joined.says(Activity.PAUSED)
    assert not joined.says(Activity.SENDING)
    assert joined.asked.wishes == []


@pytest.mark.usefixtures("qtbot")
def test_trouble_and_the_end_of_the_sender_say_nothing_of_a_pause() -> None:
    joined = Joined(paused=True)
    for activity in (Activity.STORAGE_TROUBLE, Activity.STOPPED):
        assert joined.says(activity)


def test_what_is_chosen_is_believed_until_the_sender_knows_it(qtbot: QtBot) -> None:
    joined = Joined()
    joined.action.trigger()
    assert joined.asked.wishes == ["pause"]
    assert joined.says(Activity.SENDING)  # said before it had heard of it
    assert joined.says(Activity.PAUSED)
    assert not joined.says(Activity.SENDING)  # and somebody else has resumed
    joined.action.trigger()
    joined.action.trigger()
    assert joined.asked.wishes == ["pause", "pause", "resume"]
    assert not joined.says(Activity.PAUSED)
    qtbot.waitUntil(joined.action.isChecked, timeout=_OBEYED_WITHIN + 10_000)  # it holds after all


def test_what_is_chosen_stays_while_the_database_fails(qtbot: QtBot) -> None:
    """The sender obeys at once and says nothing but the trouble."""
    joined = Joined()
    joined.says(Activity.STORAGE_TROUBLE)
    joined.action.trigger()
    timer = joined.command._awaited
    with qtbot.waitSignal(timer.timeout, timeout=_OBEYED_WITHIN + 10_000):
        timer.start(0)
    assert joined.action.isChecked()
    assert joined.says(Activity.PAUSED)


@pytest.mark.usefixtures("qtbot")
def test_what_was_chosen_before_the_sender_was_there_is_passed_on() -> None:
    joined = Joined(paused=True, made=False)
    joined.action.trigger()
    assert joined.asked.wishes == []
    joined.sender._make_deliverer()
    assert joined.asked.wishes == ["resume"]
