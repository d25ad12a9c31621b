"""What reaches the sender's loop, from its own thread and from others."""

from __future__ import annotations

import asyncio
import threading
import time

from mailadmin.delivery.agenda import Agenda
from tests.delivery.claimed_mail import run

NEVER = 3600.0  # seconds


def test_the_first_turn_is_a_look_and_the_next_one_only_after_a_while() -> None:
    agenda = Agenda()
    assert not agenda.looked
    assert agenda.begin_turn(NEVER)
    assert not agenda.begin_turn(NEVER)
    assert agenda.begin_turn(0.0)


def test_a_turn_that_is_asked_for_is_no_look_and_a_look_is() -> None:
    async def scenario() -> None:
        agenda = Agenda()
        agenda.begin_turn(NEVER)
        agenda.turn()
        await agenda.next_turn(NEVER)
        assert not agenda.begin_turn(NEVER)
        agenda.look_again()
        await agenda.next_turn(NEVER)
        assert agenda.begin_turn(NEVER)

    run(scenario())


def test_a_turn_comes_without_being_asked_for_when_its_time_is_over() -> None:
    async def scenario() -> None:
        agenda = Agenda()
        began = time.monotonic()
        await agenda.next_turn(0.05)
        assert time.monotonic() - began >= 0.05

    run(scenario())


def test_another_thread_wakes_the_loop_for_a_look() -> None:
    async def scenario() -> None:
        agenda = Agenda()
        with agenda.kept_by(asyncio.get_running_loop()):
            agenda.begin_turn(NEVER)
            threading.Thread(target=agenda.wake).start()
            await agenda.next_turn(NEVER)
            assert agenda.begin_turn(NEVER)

    run(scenario())


def test_waking_before_and_after_the_loop_harms_nothing() -> None:
    async def scenario(agenda: Agenda) -> None:
        with agenda.kept_by(asyncio.get_running_loop()):
            assert agenda.begin_turn(NEVER)

    agenda = Agenda()
    agenda.wake()
    run(scenario(agenda))
    agenda.wake()  # the loop is closed
    assert not agenda.looked


def test_a_second_stop_breaks_off_what_is_in_flight() -> None:
    agenda = Agenda()
    assert (agenda.stopping, agenda.hurried) == (False, False)
    agenda.stop()
    assert (agenda.stopping, agenda.hurried) == (True, False)
    agenda.stop()
    assert (agenda.stopping, agenda.hurried) == (True, True)


def test_wishes_are_taken_in_their_order_and_once() -> None:
    agenda = Agenda()
    agenda.pause()
    agenda.resume()
    agenda.pause()
    assert [agenda.take_wish() for _ in range(4)] == [True, False, True, None]


def test_resuming_has_passwords_looked_up_again_once() -> None:
    agenda = Agenda()
    agenda.pause()
    assert not agenda.take_password_change()
    agenda.resume()
    assert agenda.take_password_change()
    assert not agenda.take_password_change()
