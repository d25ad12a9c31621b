"""The password of a provider: looked up once, again when it changed, and the answer believed."""

from __future__ import annotations

import asyncio
import threading

import pytest

from mailadmin.credentials import Lookup
from mailadmin.delivery.provider_password import ProviderPassword
from mailadmin.domain.provider import Provider
from mailadmin.drivers.smtp.driver import SmtpDriver
from mailadmin.store import Store
from tests.delivery.claimed_mail import run
from tests.delivery.provider_queues import FOUND, MISSING, Context, provider

SIGNS_IN = provider(username="me")
NEVER = 3600.0


async def answered(password: ProviderPassword, context: Context) -> None:
    while password.asking:
        context.agenda.begin_turn(NEVER)
        await context.agenda.next_turn(NEVER)


def test_a_provider_without_a_user_name_needs_no_password(context: Context) -> None:
    async def scenario() -> None:
        password = ProviderPassword(context, SmtpDriver())
        assert password.suffices(provider())
        assert not password.suffices(SIGNS_IN)
        password.look_up(provider())
        assert not password.asking

    run(scenario())


def test_a_password_is_looked_up_once_and_then_known(context: Context) -> None:
    async def scenario() -> None:
        password = ProviderPassword(context, SmtpDriver())
        password.look_up(SIGNS_IN)
        assert password.asking_first
        await answered(password, context)
        assert password.lookup is FOUND
        assert password.suffices(SIGNS_IN)
        assert password.problem == ""
        password.look_up(SIGNS_IN)
        assert not password.asking

    run(scenario())
    assert context.notices_told == []


def test_a_missing_password_is_reported_once_and_found_later(context: Context) -> None:
    async def scenario() -> None:
        password = ProviderPassword(context, SmtpDriver())
        context.answers.answer = MISSING
        for _ in range(2):
            password.look_up(SIGNS_IN)
            await answered(password, context)
            assert password.problem == "Enter the password."
            assert not password.suffices(SIGNS_IN)
            password.forget()
            assert password.problem == ""
        context.answers.answer = FOUND
        password.look_up(SIGNS_IN)
        assert password.asking
        assert not password.asking_first
        await answered(password, context)
        assert password.suffices(SIGNS_IN)

    run(scenario())
    assert [notice.text for notice in context.notices_told] == ["Enter the password."]


class Slow(Context):
    """A keyring that answers when it is let."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.asked, self.let = threading.Semaphore(0), threading.Semaphore(0)
        self.answers.look_up = self._look_up  # type: ignore[method-assign]

    def _look_up(self, provider: Provider, *, interactive: bool = False) -> Lookup:
        del provider, interactive
        answer = self.answers.answer
        self.asked.release()
        assert self.let.acquire(timeout=60)
        return answer


def test_a_look_up_that_began_before_a_change_is_not_used(store: Store) -> None:
    async def scenario() -> None:
        context = Slow(store)
        password = ProviderPassword(context, SmtpDriver())
        context.answers.answer = MISSING
        password.look_up(SIGNS_IN)
        assert await asyncio.to_thread(context.asked.acquire, timeout=60)
        password.forget()
        context.answers.answer = FOUND
        context.let.release()
        await answered(password, context)
        assert password.lookup is None
        assert context.notices_told == []
        context.let.release()
        password.look_up(SIGNS_IN)
        await answered(password, context)
        assert password.lookup is FOUND

    run(scenario())


@pytest.mark.parametrize("asking", [False, True])
def test_the_end_of_a_sender_does_not_wait_for_a_look_up(store: Store, asking: bool) -> None:
    context = Slow(store)

    async def scenario() -> None:
        password = ProviderPassword(context, SmtpDriver())
        if asking:
            password.look_up(SIGNS_IN)
        context.let.release()
        password.cancel()

    run(scenario())
