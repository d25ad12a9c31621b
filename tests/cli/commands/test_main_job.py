"""The main job through the command line: a file goes in, a real server gets it, the Log says so."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from mailadmin.domain.provider import Encryption
from mailadmin.store import Store
from tests.cli.conftest import Program, Result
from tests.secret_service import SecretService
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME, AiosmtpdServer
from tests.servers.certificates import Certificates


def add_provider(
    program: Program,
    server: AiosmtpdServer,
    certificates: Certificates,
    *more: str,
    stdin: str = "",
) -> Result:
    """Add the server as a provider."""
    arguments: tuple[str | Path, ...] = (
        *("providers", "add", "--caption", "Relay", "--host", "localhost"),
        *("--port", str(server.port), "--encryption", server.encryption.value.lower()),
        *("--username", USERNAME, "--send-from", "billing@example.org"),
        *("--ca-file", str(certificates.ca_file), *more),
    )
    return program(*arguments, stdin=stdin.encode())


def check_arrived(
    program: Program, server: AiosmtpdServer, eml: Path, queue_ids: list[int]
) -> None:
    """Everybody got the exact bytes over TLS with a sign-in, and queue and log say so."""
    assert [message.content for message in server.received] == [eml.read_bytes()] * 2
    assert all(message.encrypted and message.signed_in_as for message in server.received)
    recipients = sorted(one for message in server.received for one in message.recipients)
    assert recipients == ["ann@example.org", "bob@example.org"]
    assert program("queue", "list", "--json").json == []
    log = program("log", "list", "--json").json
    assert [entry["id"] for entry in log] == queue_ids
    assert {entry["status"] for entry in log} == {"SUCCESS"}
    assert {entry["active_queue_id"] for entry in log} == {None}
    assert {entry["subject"] for entry in log} == {"Résumé 2291"}


def password_file(folder: Path, program: Program, provider_id: int) -> None:
    path = folder / "password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    program.environment[f"MAILADMIN_PASSWORD_FILE_{provider_id}"] = str(path)


@pytest.mark.usefixtures("no_keyring")
@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.SSL])
def test_mail_is_sent_with_a_password_file(
    request: pytest.FixtureRequest,
    program: Program,
    certificates: Certificates,
    eml: Path,
    tmp_path: Path,
    encryption: Encryption,
) -> None:
    name = "starttls_server" if encryption is Encryption.TLS else "implicit_tls_server"
    server: AiosmtpdServer = request.getfixturevalue(name)
    added = add_provider(program, server, certificates)
    assert (added.code, added.err) == (0, "")
    (provider_id,) = added.ids
    password_file(tmp_path, program, provider_id)

    tested = program("providers", "test", str(provider_id))
    assert tested.code == 0, tested
    assert [line.split()[0] for line in tested.out.splitlines()] == ["passed"] * 5

    queue_ids = program("enqueue", eml).ids
    assert len(queue_ids) == 2
    sent = program("send", "--until-empty")
    assert sent.code == 0, sent
    assert sent.err.count(" sent: ") == 2
    check_arrived(program, server, eml, queue_ids)


def test_mail_is_sent_with_a_password_of_the_keyring(
    secret_service: SecretService,
    program: Program,
    starttls_server: AiosmtpdServer,
    certificates: Certificates,
    eml: Path,
) -> None:
    del secret_service
    added = add_provider(
        program, starttls_server, certificates, "--password-stdin", stdin=f"{PASSWORD}\nmore"
    )
    assert (added.code, added.err) == (0, "")
    queue_ids = program("enqueue", "-", stdin=eml.read_bytes()).ids
    sent = program("send", "--until-empty")
    assert sent.code == 0, sent
    check_arrived(program, starttls_server, eml, queue_ids)


def test_a_password_leaves_no_trace(
    secret_service: SecretService,
    program: Program,
    starttls_server: AiosmtpdServer,
    certificates: Certificates,
    eml: Path,
    store: Store,
) -> None:
    """A canary, refused by the server, is in no output and no file of ours."""
    canary = "canary-" + secrets.token_hex(16)
    add_provider(program, starttls_server, certificates, "--password-stdin", stdin=canary)
    program("enqueue", eml)
    results = [
        program("send", "--until-empty"),
        program("providers", "test", "1", "--transcript"),
        program("providers", "list", "--json"),
        program("queue", "show", "1", "--json"),
        program("log", "show", "1", "--json"),
        program("log", "export"),
    ]
    assert results[0].code == 1
    assert "“Relay” is paused" in results[0].err.splitlines()[-1]
    assert "AUTH" in results[1].err
    assert starttls_server.recorder.failed_sign_ins
    for result in results:
        assert canary not in result.out + result.err
    for file in program.database.parent.rglob("*"):
        assert canary.encode() not in file.read_bytes()
    (provider,) = store.providers.list()
    assert secret_service.stored("mailadmin", provider.uid) == [canary]  # it was there to be found
