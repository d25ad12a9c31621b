"""A keyring that is locked, hangs or prompts does not block the program."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from mailadmin.credentials import (
    CredentialState,
    KeyringCredentials,
    KeyringLocked,
    Secret,
)
from mailadmin.credentials.backends import system_backend
from mailadmin.credentials.secret_service import SecretServiceCalls
from mailadmin.domain.provider import Provider
from tests.keyring_prompt import KeyringPrompt
from tests.secret_service import SecretService

_PATIENCE = 4.0  # seconds to wait for a keyring; answers that need no waiting are far quicker


class Changes:
    """Collects the uids passed to `on_change`, and waits for them."""

    def __init__(self) -> None:
        self._happened = threading.Condition()
        self._uids: list[str] = []

    def __call__(self, uid: str) -> None:
        with self._happened:
            self._uids.append(uid)
            self._happened.notify_all()

    def wait_for(self, *uids: str) -> bool:
        """Wait until each of `uids` was reported."""
        with self._happened:
            return self._happened.wait_for(lambda: set(uids) <= set(self._uids), timeout=60)


def took(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


@pytest.mark.usefixtures("locked_keyring")
@pytest.mark.parametrize("interactive", [False, True])
def test_a_locked_keyring_without_a_display_answers_locked_at_once(
    credentials: KeyringCredentials, provider: Provider, interactive: bool
) -> None:
    begun = time.monotonic()
    found = credentials.look_up(provider, interactive=interactive)

    assert time.monotonic() - begun < 10  # the time-out of the fixture's keyring is longer
    assert found.state is CredentialState.LOCKED
    assert "Unlock it" in found.detail
    assert isinstance(found.problem, KeyringLocked)
    assert credentials.available()
    with pytest.raises(KeyringLocked):
        credentials.save(provider, Secret("never kept"))
    with pytest.raises(KeyringLocked):
        credentials.remove(provider)


def test_a_keyring_that_is_locked_and_unlocked_again_gives_the_password(
    secret_service: SecretService, credentials: KeyringCredentials, provider: Provider
) -> None:
    credentials.save(provider, Secret("kept"))
    secret_service.lock()
    assert credentials.look_up(provider).state is CredentialState.LOCKED

    secret_service.stop()
    secret_service.start(unlocked=True)
    assert credentials.look_up(provider).secret == Secret("kept")


def test_a_background_look_up_never_opens_a_prompt(
    prompting_keyring: tuple[SecretService, KeyringPrompt],
    credentials: KeyringCredentials,
    provider: Provider,
) -> None:
    _, prompt = prompting_keyring

    assert took(lambda: credentials.look_up(provider)) < 10
    assert credentials.look_up(provider).state is CredentialState.LOCKED
    assert not prompt.is_open()


def test_other_look_ups_do_not_wait_for_an_open_prompt_and_hear_of_its_answer(
    prompting_keyring: tuple[SecretService, KeyringPrompt], provider: Provider
) -> None:
    service, prompt = prompting_keyring
    other = replace(provider, uid="other")
    changes = Changes()
    credentials = KeyringCredentials(
        on_change=changes, timeout=_PATIENCE, interactive_timeout=_PATIENCE
    )

    hung = credentials.look_up(provider, interactive=True)
    assert hung.state is CredentialState.LOCKED
    assert "window of its own" in hung.detail
    prompt.wait_until_open()
    for interactive in (False, True):
        begun = time.monotonic()
        assert credentials.look_up(other, interactive=interactive).state is CredentialState.LOCKED
        assert time.monotonic() - begun < _PATIENCE / 2
    assert took(credentials.available) < _PATIENCE / 2

    prompt.answer(service.password)

    assert changes.wait_for(provider.uid, other.uid)
    assert credentials.look_up(provider).state is CredentialState.MISSING
    credentials.save(provider, Secret("kept"))
    assert credentials.look_up(provider).secret == Secret("kept")
    credentials.close()


def test_a_prompt_answered_in_time_lets_the_password_be_saved(
    prompting_keyring: tuple[SecretService, KeyringPrompt], provider: Provider
) -> None:
    service, prompt = prompting_keyring
    changes = Changes()
    credentials = KeyringCredentials(on_change=changes, interactive_timeout=60)
    assert credentials.look_up(replace(provider, uid="sender's")).state is CredentialState.LOCKED

    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(credentials.save, provider, Secret("kept"))
        prompt.answer(service.password)
        saving.result(timeout=60)

    assert credentials.look_up(provider).secret == Secret("kept")
    assert changes.wait_for("sender's")  # a look-up that was refused before may be repeated
    credentials.close()


def test_a_dismissed_prompt_leads_to_locked(
    prompting_keyring: tuple[SecretService, KeyringPrompt], provider: Provider
) -> None:
    _, prompt = prompting_keyring
    credentials = KeyringCredentials(interactive_timeout=60)

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(credentials.look_up, provider, interactive=True)
        prompt.dismiss()
        assert looking.result(timeout=60).state is CredentialState.LOCKED
        saving = pool.submit(credentials.save, provider, Secret("never kept"))
        prompt.dismiss()
        with pytest.raises(KeyringLocked, match="Unlock it"):
            saving.result(timeout=60)
    credentials.close()


def test_a_frozen_keyring_answers_locked_and_is_reported_when_it_goes_on(
    secret_service: SecretService, provider: Provider
) -> None:
    changes = Changes()
    credentials = KeyringCredentials(
        on_change=changes, timeout=_PATIENCE, interactive_timeout=_PATIENCE
    )
    credentials.save(provider, Secret("kept"))
    secret_service.freeze()

    assert credentials.look_up(provider).state is CredentialState.LOCKED
    assert took(lambda: credentials.look_up(provider)) < _PATIENCE / 2
    with pytest.raises(KeyringLocked, match="does not answer"):
        credentials.save(provider, Secret("newer"))

    secret_service.resume()
    assert changes.wait_for(provider.uid)
    assert credentials.look_up(provider).secret == Secret("kept")  # saving "newer" was never begun
    credentials.close()


def test_closing_ends_the_thread_of_a_call_that_hangs(
    secret_service: SecretService, provider: Provider
) -> None:
    # The keyring stays frozen: GNOME Keyring 42.1 aborts once in two thousand times when it goes on
    # after its client has left.
    secret_service.freeze()
    for _ in range(50):
        credentials = KeyringCredentials(timeout=0.02)
        assert credentials.look_up(provider).state is CredentialState.LOCKED
        credentials.close()
        assert credentials.look_up(provider).state is CredentialState.LOCKED
    assert "keyring" not in [thread.name for thread in threading.enumerate()]


def test_a_call_interrupted_while_it_connects_fails(
    secret_service: SecretService, provider: Provider
) -> None:
    backend = system_backend()
    secret_service.freeze()
    calls = SecretServiceCalls()
    calls.interrupt()
    with pytest.raises(ConnectionAbortedError):
        calls.prepare(backend, prompt=False, create=False).get_password("mailadmin", provider.uid)
    calls.finished()


def test_fifty_closed_keyrings_leave_no_thread(
    secret_service: SecretService, provider: Provider
) -> None:
    del secret_service
    for _ in range(50):
        credentials = KeyringCredentials()
        assert credentials.look_up(provider).state is CredentialState.MISSING
        credentials.close()
    assert "keyring" not in [thread.name for thread in threading.enumerate()]


def test_a_hanging_call_does_not_keep_the_program_from_ending(
    secret_service: SecretService,
) -> None:
    program = (
        "from mailadmin.credentials import KeyringCredentials\n"
        "from tests.smtp_providers import smtp_provider\n"
        "c = KeyringCredentials(timeout=0.5)\n"
        "print(c.look_up(smtp_provider('c', 'h', 1, 'a@example.org')).state)\n"
    )
    secret_service.freeze()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "locked"
    assert done.stderr == ""
