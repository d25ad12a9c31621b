"""Test connection in the provider dialog, against real servers."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from mailadmin.credentials import Secret
from mailadmin.domain.provider import Encryption, Provider
from mailadmin.store import Store
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from tests.servers.aiosmtpd_server import PASSWORD, AiosmtpdServer, aiosmtpd_server
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import hang, scripted_server
from tests.smtp_providers import smtp_provider, with_changes
from tests.ui.finding import child
from tests.ui.provider_dialogs import Dialogs, OpenDialog, provider_of

PASSED = {
    "DNS": "passed",
    "TCP": "passed",
    "TLS and certificate": "passed",
    "AUTH": "passed",
    "MAIL FROM": "passed",
}


def open_for(dialogs: Dialogs, provider: Provider, password: str = PASSWORD) -> OpenDialog:
    """A dialog with the provider's values, none of them saved."""
    dialog = dialogs.open(provider)
    if provider.username:
        dialog.type("passwordEdit", password)
    return dialog


@pytest.mark.parametrize("kind", ["starttls_server", "implicit_tls_server"])
def test_every_stage_passes(
    dialogs: Dialogs, certificates: Certificates, kind: str, request: pytest.FixtureRequest
) -> None:
    server: AiosmtpdServer = request.getfixturevalue(kind)
    dialog = open_for(dialogs, provider_of(server, certificates.ca_file))
    assert dialog.run_test() == "Connection works"
    assert dialog.stages() == PASSED
    assert server.received == []


def test_without_encryption_and_sign_in_they_are_skipped(
    dialogs: Dialogs, plain_server: AiosmtpdServer
) -> None:
    dialog = open_for(dialogs, provider_of(plain_server))
    assert dialog.run_test() == "Connection works"
    assert dialog.stages() == PASSED | {"TLS and certificate": "skipped", "AUTH": "skipped"}


def test_the_stored_password_is_used_when_none_is_typed(
    dialogs: Dialogs, store: Store, starttls_server: AiosmtpdServer, certificates: Certificates
) -> None:
    provider = store.providers.add(provider_of(starttls_server, certificates.ca_file))
    dialogs.credentials.save(provider, Secret(PASSWORD))
    assert dialogs.open(provider).run_test() == "Connection works"


def test_a_missing_password_is_named(
    dialogs: Dialogs, starttls_server: AiosmtpdServer, certificates: Certificates
) -> None:
    dialog = dialogs.open(provider_of(starttls_server, certificates.ca_file))
    assert dialog.run_test() == "AUTH failed"
    assert "No password is stored" in dialog.reason


def test_a_password_about_to_be_removed_is_not_used(
    dialogs: Dialogs, store: Store, starttls_server: AiosmtpdServer, certificates: Certificates
) -> None:
    provider = store.providers.add(provider_of(starttls_server, certificates.ca_file))
    dialogs.credentials.save(provider, Secret(PASSWORD))
    dialog = dialogs.open(provider)
    dialog.click("removePasswordButton")
    assert dialog.run_test() == "AUTH failed"


def test_a_wrong_password_fails_at_auth(
    dialogs: Dialogs, starttls_server: AiosmtpdServer, certificates: Certificates
) -> None:
    dialog = open_for(dialogs, provider_of(starttls_server, certificates.ca_file), "wrong one")
    assert dialog.run_test() == "AUTH failed"
    assert dialog.stages() == PASSED | {"AUTH": "failed", "MAIL FROM": "skipped"}
    assert dialog.reason
    assert "535" in dialog.transcript
    assert "wrong one" not in dialog.transcript


def test_a_wrong_port_fails_at_tcp(
    dialogs: Dialogs, starttls_server: AiosmtpdServer, certificates: Certificates
) -> None:
    with aiosmtpd_server() as other:
        free = other.port
    provider = with_changes(provider_of(starttls_server, certificates.ca_file), port=free)
    dialog = open_for(dialogs, provider)
    assert dialog.run_test() == "TCP failed"
    assert dialog.stages()["DNS"] == "passed"


def test_a_wrong_host_fails_at_dns(dialogs: Dialogs, starttls_server: AiosmtpdServer) -> None:
    dialog = open_for(dialogs, with_changes(provider_of(starttls_server), host="nowhere.invalid"))
    assert dialog.run_test() == "DNS failed"
    assert dialog.stages()["TCP"] == "skipped"


@pytest.mark.parametrize("kind", ["wrong_host", "unknown_authority", "expired", "self_signed"])
@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.SSL])
def test_a_wrong_certificate_fails_at_tls(
    dialogs: Dialogs, certificates: Certificates, kind: str, encryption: Encryption
) -> None:
    certificate = getattr(certificates, kind)
    with aiosmtpd_server(encryption=encryption, tls=certificate.context(), sign_in=True) as server:
        dialog = open_for(dialogs, provider_of(server, certificates.ca_file))
        assert dialog.run_test() == "TLS and certificate failed"
        assert dialog.reason
        assert server.recorder.mechanisms == []


def test_a_refused_sender_fails_at_mail_from(
    dialogs: Dialogs, starttls_server: AiosmtpdServer, certificates: Certificates
) -> None:
    starttls_server.behaviour.senders["news@example.org"] = "550 5.7.1 not yours"
    dialog = open_for(dialogs, provider_of(starttls_server, certificates.ca_file))
    assert dialog.run_test() == "MAIL FROM failed"
    assert "not yours" in dialog.reason


def test_editing_takes_the_mark_away(
    dialogs: Dialogs,
    icons: Icons,
    starttls_server: AiosmtpdServer,
    certificates: Certificates,
) -> None:
    dialog = open_for(dialogs, provider_of(starttls_server, certificates.ca_file))
    changes: list[Callable[[], None]] = [
        lambda: dialog.type("hostEdit", "127.0.0.1"),
        lambda: dialog.type("passwordEdit", PASSWORD),
        lambda: dialog.spin("maxConnectionsSpin").setValue(9),
        lambda: dialog.type("sendFromNameEdit", "x"),
    ]
    for change in changes:
        before = dialog.button("testConnectionButton").icon().cacheKey()
        assert dialog.run_test() == "Connection works"
        button = dialog.button("testConnectionButton")
        assert button.icon().cacheKey() == icons.icon(IconName.OK, Role.OK).cacheKey()
        assert button.accessibleDescription() == "Connection works"
        change()
        assert dialog.result == ""
        assert button.icon().cacheKey() == before
        assert button.accessibleDescription() == ""


def test_a_running_test_can_be_cancelled(dialogs: Dialogs) -> None:
    with scripted_server({"GREETING": hang}) as server:
        provider = plain_provider(server.port)
        dialog = dialogs.open(provider)
        dialog.click("testConnectionButton")
        dialog.qtbot.waitUntil(lambda: bool(server.peers))
        assert dialog.button("testConnectionButton").text() == "Cancel &test"
        dialog.click("testConnectionButton")
        assert dialog.result == "Test cancelled"
        assert dialog.button("testConnectionButton").text() == "&Test connection"
        server.wait_ended()
    dialog.qtbot.waitUntil(lambda: not detached_threads())


@pytest.mark.parametrize("by", ["editing", "closing"])
def test_editing_and_closing_cancel_it_too(dialogs: Dialogs, by: str) -> None:
    with scripted_server({"GREETING": hang}) as server:
        provider = plain_provider(server.port)
        dialog = dialogs.open(provider)
        dialog.click("testConnectionButton")
        dialog.qtbot.waitUntil(lambda: bool(server.peers))
        if by == "editing":
            dialog.type("captionEdit", "y")
            assert dialog.result == ""
        else:
            dialog.dialog.done(0)
        server.wait_ended()
    dialog.qtbot.waitUntil(lambda: not detached_threads())


def test_nothing_is_tested_with_values_that_cannot_be_used(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    dialog.click("testConnectionButton")
    assert dialog.problem("host")
    assert dialog.problem("send_from")
    assert not dialog.problem("caption")
    assert dialog.result == ""


def test_the_dialogue_can_be_read_and_copied_without_the_password(
    dialogs: Dialogs, starttls_server: AiosmtpdServer, certificates: Certificates
) -> None:
    dialog = open_for(dialogs, provider_of(starttls_server, certificates.ca_file))
    dialog.run_test()
    details = child(dialog.dialog, QToolButton, "testDetailsButton")
    QTest.mouseClick(details, Qt.MouseButton.LeftButton)
    copy = child(dialog.dialog, QToolButton, "copyTranscriptButton")
    assert copy.isVisible()
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text()
    assert copied == dialog.transcript
    assert "EHLO" in copied
    assert "= MAIL FROM: passed" in copied
    assert PASSWORD not in copied


def plain_provider(port: int) -> Provider:
    return smtp_provider("x", "127.0.0.1", port, "a@example.org", encryption=Encryption.NONE)


def detached_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "detached" in thread.name]
