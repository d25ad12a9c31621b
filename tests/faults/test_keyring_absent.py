"""The password can't be had: no keyring, locked, denied, one that hangs, or the password is gone.

The provider waits and says so once; its mail uses no attempt; other providers are not affected.
"""

from __future__ import annotations

import subprocess
import time
from itertools import pairwise

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from mailadmin.credentials import CredentialResolver
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.faults.product import ANN, Product
from tests.faults.senders import sender
from tests.keyring_prompt import KeyringPrompt
from tests.secret_service import SecretService
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME
from tests.servers.scripted_server import ScriptedServer, scripted_server
from tests.ui.application import running_window
from tests.ui.finding import child

KEYRINGS = ["none", "locked", "frozen", "gone"]


def make(kind: str, request: pytest.FixtureRequest) -> SecretService | None:
    """A keyring in the state `kind`."""
    match kind:
        case "none":
            request.getfixturevalue("no_keyring")
            return None
        case "locked":
            locked: SecretService = request.getfixturevalue("locked_keyring")
            return locked
        case _:
            service: SecretService = request.getfixturevalue("secret_service")
            if kind == "frozen":
                service.freeze()
            return service


def signing_in(
    product: Product, server: ScriptedServer, caption: str = "Relay", priority: int = 1
) -> int:
    """A provider whose password is to come from the keyring."""
    return product.provider(server.port, caption, username=USERNAME, priority=priority)


def waits_and_says_so_once(product: Product) -> None:
    with scripted_server() as server, scripted_server() as open_server:
        signing_in(product, server)
        for _ in range(5):
            product.accept()
        with sender(product, ask_again=0.1) as running:
            running.wait(" password needed: ")
            assert {(row.status, row.attempts) for row in product.queue()} == {("QUEUED", 0)}
            product.provider(open_server.port, "Open", priority=2)
            running.wait(" through “Open”: ", 5)
            product.accept()
            running.wait(" through “Open”: ", 6)
            assert running.end() == 0
            assert len(running.holding(" password needed: “Relay”")) == 1
        assert server.peers == []
        assert sorted(open_server.messages) == sorted(product.sent)
        assert product.queue() == []


@pytest.mark.parametrize("kind", KEYRINGS)
def test_the_provider_waits_and_others_go_on(
    product: Product, request: pytest.FixtureRequest, kind: str
) -> None:
    service = make(kind, request)
    try:
        waits_and_says_so_once(product)
    finally:
        if service is not None:
            service.resume()


@pytest.mark.parametrize("kind", KEYRINGS)
def test_a_run_until_empty_ends_and_says_why(
    product: Product, request: pytest.FixtureRequest, kind: str
) -> None:
    service = make(kind, request)
    with scripted_server() as server:
        signing_in(product, server)
        product.accept()
        result = product.send()
        assert result.code == 1
        assert result.err.splitlines()[-1].startswith("mailadmin: 1 email is due and was not sent.")
        assert result.err.count(" password needed: ") == 1
        assert server.peers == []
    if service is not None:
        service.resume()


def test_unlocked_elsewhere_while_the_sender_waits(
    product: Product, secret_service: SecretService
) -> None:
    """Or restarted, which is what it takes here to be unlocked without a display."""
    with scripted_server() as server:
        provider_id = signing_in(product, server)
        secret_service.store("mailadmin", uid_of(product, provider_id), PASSWORD)
        secret_service.lock()
        product.accept(ANN)
        with sender(product, ask_again=0.1) as running:
            running.wait(" password needed: ")
            secret_service.stop()
            secret_service.start(unlocked=True)
            running.wait(" sent: ")
            assert running.end() == 0
        assert product.log() == {ANN: "SUCCESS"}


def test_stored_by_another_program_while_the_sender_waits(
    product: Product, secret_service: SecretService
) -> None:
    with scripted_server() as server:
        provider_id = signing_in(product, server)
        product.accept(ANN)
        with sender(product, ask_again=0.1) as running:
            running.wait(" password needed: ")
            secret_service.store("mailadmin", uid_of(product, provider_id), PASSWORD)
            running.wait(" sent: ")
            assert running.end() == 0
        assert product.log() == {ANN: "SUCCESS"}


def uid_of(product: Product, provider_id: int) -> str:
    """The key of the provider's password."""
    return product.store.providers.get(provider_id).uid


def test_a_denied_prompt_is_told_in_one_line(
    product: Product, prompting_keyring: tuple[SecretService, KeyringPrompt]
) -> None:
    """Somebody stores a password, and the keyring's own question is answered with Escape."""
    _, prompt = prompting_keyring
    with scripted_server() as server, _storing(product, server) as storing:
        prompt.dismiss()
        out, err = storing.communicate(timeout=60)
        assert storing.returncode == 1
        assert out == ""
        assert err.count("\n") == 1
        assert "Unlock it" in err
        assert PASSWORD not in err


def test_an_unanswered_prompt_holds_up_nobody_else(
    product: Product, prompting_keyring: tuple[SecretService, KeyringPrompt]
) -> None:
    """While it waits for an answer, the sender asks the same keyring and goes on."""
    _, prompt = prompting_keyring
    with scripted_server() as server, _storing(product, server) as storing:
        prompt.wait_until_open()
        waits_and_says_so_once(product)
        assert storing.poll() is None  # it still waits
        prompt.dismiss()
        storing.communicate(timeout=60)


def _storing(product: Product, server: ScriptedServer) -> subprocess.Popen[str]:
    """`providers edit --password-stdin` as a process that was given the password."""
    provider_id = signing_in(product, server, "Stored", 3)
    arguments = ("providers", "edit", provider_id, "--password-stdin")
    process = subprocess.Popen(
        product.quick.command("--database", product.database, *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(f"{PASSWORD}\n")
    process.stdin.flush()
    return process


@pytest.mark.parametrize("kind", ["locked", "frozen"])
def test_the_window_stays_alive(
    product: Product, request: pytest.FixtureRequest, qtbot: QtBot, kind: str
) -> None:
    """A timer of the window's thread ticks on, however long the keyring takes."""
    service = make(kind, request)
    assert service is not None
    ticks: list[float] = []
    timer = QTimer(interval=10)
    timer.timeout.connect(lambda: ticks.append(time.monotonic()))
    credentials = CredentialResolver(timeout=4.0)
    with scripted_server() as server, scripted_server() as open_server:
        signing_in(product, server, "Locked")
        product.provider(open_server.port, "Open", priority=2)
        with running_window(
            product.folder, database=product.database, credentials=credentials
        ) as window:
            timer.start()
            product.accept()
            notice = child(window, InlineMessage, "noticeMessage")
            qtbot.waitUntil(lambda: "Locked" in notice.text)
            qtbot.waitUntil(lambda: product.queue() == [])
            timer.stop()
            service.resume()
        assert server.peers == []
    assert max(later - earlier for earlier, later in pairwise(ticks)) < 3


@pytest.mark.usefixtures("secret_service")
def test_control(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a password the server is asked all the same."""
    monkeypatch.setattr("tests.faults.senders.PATIENCE", 2.0)
    product.quick = product.quick.breaking("a_missing_password_is_empty")
    with pytest.raises(AssertionError):
        waits_and_says_so_once(product)
