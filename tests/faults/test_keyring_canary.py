"""A password that occurs nowhere else goes through the whole product and is found nowhere in it.

Looked at: the database with all that SQLite writes beside it, backups, exports, what every program
said, its arguments and environment, the details of the Log, the log file, the report of a crash.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from pathlib import Path

import pytest

from tests.faults.product import Product
from tests.faults.senders import Sender, sender, until
from tests.faults.variants import SECURE
from tests.secret_service import SecretService
from tests.servers.aiosmtpd_server import USERNAME
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import Answers, Peer, drop


class Canary:
    """The password, and a look for it."""

    def __init__(self, product: Product) -> None:
        self.password = "canary-" + secrets.token_hex(16)
        self._product = product
        self._texts: list[bytes] = []
        plain = self.password.encode()
        self._forms = [
            plain,
            plain[::-1],
            plain.hex().encode(),
            self.password.encode("utf-16-le"),
            b64encode(plain).rstrip(b"="),
            b64encode(b"\0" + USERNAME.encode() + b"\0" + plain).rstrip(b"="),
        ]

    def look_at(self, text: str | bytes) -> None:
        """Keep something that was shown."""
        self._texts.append(text if isinstance(text, bytes) else text.encode())

    def look_at_process(self, running: Sender) -> None:
        """What any program of the same user can see of a process."""
        for name in ("cmdline", "environ", "maps", "status"):
            self.look_at(Path(f"/proc/{running.process.pid}/{name}").read_bytes())

    def assert_unseen(self) -> None:
        """Look everywhere."""
        product = self._product
        for email_id in range(1, len(product.sent) + 1):
            for arguments in (("log", "show", email_id), ("log", "show", "--json", email_id)):
                result = product.cli(*map(str, arguments))
                self.look_at(result.out + result.err)
        for command in (
            ("queue", "list", "--json"),
            ("log", "export"),
            ("providers", "list", "--json"),
            ("backup", str(product.folder / "copy.db")),
        ):
            result = product.cli(*command)
            self.look_at(result.out + result.err)
        for path in product.folder.rglob("*"):
            if path.is_file():
                self.look_at(path.read_bytes())
        assert len(self._texts) > 10
        for text in self._texts:
            for form in self._forms:
                assert form not in text, text[:2000]


@pytest.fixture
def canary(product: Product, monkeypatch: pytest.MonkeyPatch) -> Canary:
    monkeypatch.setenv("XDG_STATE_HOME", str(product.folder))  # is looked through as well
    return Canary(product)


def log_of(product: Product) -> str:
    return (product.folder / "mailadmin" / "log" / "mailadmin-send.log").read_text("utf-8")


def go_through(
    product: Product, certificates: Certificates, service: SecretService, canary: Canary
) -> None:
    """Signed in; refused by a server that repeats what it got; lost at AUTH; in doubt; locked."""

    async def repeating(peer: Peer) -> None:
        said = peer.commands[-1].split()[-1]
        await peer.say(f"535-5.7.8 {canary.password} is wrong\n535 5.7.8 so is {said}")

    answers: Answers = {
        "AUTH": [repeating, drop, "235 2.7.0 welcome"],
        "END": ["250 2.0.0 taken", drop, "250 2.0.0 taken"],
    }
    with SECURE.server(certificates, answers) as server:
        provider_id = product.provider(
            server.port,
            encryption=SECURE.encryption,
            ca_file=certificates.ca_file,
            username=USERNAME,
            max_connections=1,
        )
        uid = product.store.providers.get(provider_id).uid
        service.store("mailadmin", uid, canary.password)
        for _ in range(4):
            product.accept()
        with sender(product, ask_again=0.1) as running:
            running.wait(" provider paused: ")  # refused, and the server repeated it
            canary.look_at_process(running)
            product.do("providers", "enable", provider_id)
            running.wait("deferred: ")  # lost
            running.wait(" sent: ", 2)
            running.wait("uncertain: ")
            canary.look_at_process(running)
            service.lock()
            assert running.end() == 0
            canary.look_at(running.text)
        with sender(product, ask_again=0.1) as running:
            running.wait(" password needed: ")
            canary.look_at_process(running)
            assert running.end() == 0
            canary.look_at(running.text)
        assert any(
            canary.password.encode() in bytes(peer.received)
            or b64encode(f"\0{USERNAME}\0{canary.password}".encode()) in bytes(peer.received)
            for peer in server.peers
        )  # it did go through


def test_the_canary_password_is_found_nowhere(
    product: Product,
    certificates: Certificates,
    secret_service: SecretService,
    canary: Canary,
) -> None:
    go_through(product, certificates, secret_service, canary)
    assert "provider paused: “Relay”: " in log_of(product)
    assert "password needed: “Relay”: " in log_of(product)
    canary.assert_unseen()


def test_the_canary_password_is_not_in_a_crash_report(
    product: Product,
    certificates: Certificates,
    secret_service: SecretService,
    canary: Canary,
) -> None:
    """A bug while signing in: its report has the frames, and none of them the password."""
    product.quick = product.quick.breaking("signing_in_has_a_bug")
    with SECURE.server(certificates) as server:
        provider_id = product.provider(
            server.port,
            encryption=SECURE.encryption,
            ca_file=certificates.ca_file,
            username=USERNAME,
        )
        uid = product.store.providers.get(provider_id).uid
        secret_service.store("mailadmin", uid, canary.password)
        product.accept()
        with sender(product) as running:
            until(lambda: product.row().status == "HELD", lambda: running.text)
            assert running.end() == 0
        canary.look_at(running.text)
        assert "a bug that was put there" in running.text
        assert "ZeroDivisionError: a bug that was put there" in log_of(product)
        assert "Unexpected error" in log_of(product)
        assert USERNAME not in log_of(product)
    canary.assert_unseen()


def test_control(
    product: Product,
    certificates: Certificates,
    secret_service: SecretService,
    canary: Canary,
) -> None:
    product.quick = product.quick.breaking("replies_are_not_redacted")
    go_through(product, certificates, secret_service, canary)
    with pytest.raises(AssertionError):
        canary.assert_unseen()
