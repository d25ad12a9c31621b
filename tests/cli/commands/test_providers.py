"""`mailadmin providers` on a real database and a real keyring."""

from __future__ import annotations

from functools import partial

import pytest

from mailadmin.domain.provider import Encryption, Limit
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, Program
from tests.secret_service import SecretService
from tests.servers.aiosmtpd_server import AiosmtpdServer
from tests.servers.certificates import Certificates
from tests.smtp_providers import settings_of

KEYS = [
    *("id", "caption", "driver", "host", "port", "username", "send_from", "send_from_name"),
    *("encryption", "enabled"),
]
MINIMAL = ("providers", "add", "--host", "smtp.example.org", "--send-from", "ann@example.org")
SIGNING_IN = (*MINIMAL, "--username", "ann", "--password-stdin")


def test_an_added_provider_is_listed(cli: CommandLine) -> None:
    assert cli(*MINIMAL).ids == [1]
    assert cli("providers", "list", "--json").json == [
        {
            "id": 1,
            "caption": "smtp.example.org",
            "driver": "smtp",
            "host": "smtp.example.org",
            "port": 587,
            "username": "",
            "send_from": "ann@example.org",
            "send_from_name": "",
            "encryption": "TLS",
            "enabled": True,
        }
    ]
    assert list(cli("providers", "list", "--json").json[0]) == KEYS
    assert "smtp.example.org" in cli("providers", "list").out


def test_every_field_can_be_given(
    cli: CommandLine, store: Store, certificates: Certificates
) -> None:
    fingerprint = certificates.valid.fingerprint
    added = cli(
        *("providers", "add", "--caption", "Relay", "--host", "mx.example.org"),
        *("--username", "ann", "--send-from", "ann@example.org", "--send-from-name", "Ann"),
        *("--encryption", "ssl", "--ca-file", certificates.ca_file, "--fingerprint", fingerprint),
    )
    provider = store.providers.get(added.ids[0])
    assert (provider.caption, provider.host, provider.port) == ("Relay", "mx.example.org", 465)
    assert (provider.username, provider.send_from_name) == ("ann", "Ann")
    assert provider.encryption is Encryption.SSL
    assert settings_of(provider).ca_file == str(certificates.ca_file)
    assert settings_of(provider).trusted_fingerprint == fingerprint


def test_shares_and_limits_can_be_given_and_changed(cli: CommandLine, store: Store) -> None:
    cli(
        *(*MINIMAL, "--priority", "5", "--weight", "3", "--connections", "12"),
        *("--messages-per-connection", "50", "--limit-per-second", "2", "--limit-per-minute", "60"),
        *("--limit-per-hour", "3000", "--limit-per-day", "20000"),
    )
    provider = store.providers.get(1)
    assert (provider.priority, provider.weight) == (5, 3)
    assert (provider.max_connections, provider.messages_per_connection) == (12, 50)
    assert provider.limits == (Limit(2, 1), Limit(60, 60), Limit(3000, 3600), Limit(20000, 86400))
    cli("providers", "edit", "1", "--limit-per-second", "none", "--limit-per-hour", "0")
    assert store.providers.get(1).limits == (Limit(60, 60), Limit(20000, 86400))
    cli("providers", "edit", "1", "--priority", "0")
    assert store.providers.get(1).priority == 0
    assert list(cli("providers", "list", "--json").json[0]) == KEYS


def test_a_ca_file_is_stored_with_its_whole_path(
    cli: CommandLine, store: Store, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(certificates.ca_file.parent)
    assert cli(*MINIMAL, "--ca-file", certificates.ca_file.name).code == 0
    assert settings_of(store.providers.get(1)).ca_file == str(certificates.ca_file)


def test_a_preset_fills_in_the_connection(cli: CommandLine, store: Store) -> None:
    assert cli("providers", "add", "--preset", "sendgrid", "--send-from", "a@example.org").ids
    provider = store.providers.get(1)
    assert (provider.host, provider.port) == ("smtp.sendgrid.net", 587)
    assert provider.username == "apikey"
    unknown = cli("providers", "add", "--preset", "mail", "--send-from", "a@example.org")
    assert unknown.code == 2
    assert "Mailchimp Transactional" in unknown.err


def test_a_service_with_a_daily_limit_is_pointed_out(cli: CommandLine) -> None:
    added = cli("providers", "add", "--host", "smtp.gmail.com", "--send-from", "a@example.org")
    assert added.ids == [1]
    assert "Gmail" in added.err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--host", "smtp://example.org"),
        ("--port", "0"),
        ("--port", "65536"),
        ("--send-from", "nobody"),
        ("--send-from-name", "Ann\nBcc: eve@example.org"),
        ("--caption", " "),
        ("--encryption", "none"),
        ("--ca-file", "/does/not/exist"),
        ("--fingerprint", "12:34"),
        ("--weight", "0"),
        ("--connections", "0"),
        ("--connections", "100000"),
        ("--messages-per-connection", "0"),
        ("--limit-per-day", "99999999999"),
        ("--priority", "99999999999"),
    ],
)
def test_a_bad_field_is_refused_by_the_name_of_its_option(
    cli: CommandLine, store: Store, option: str, value: str
) -> None:
    result = cli(*MINIMAL, option, value)
    assert result.reason.startswith(f"{option}: ")
    assert result.out == ""
    assert store.providers.list() == []
    assert cli(*MINIMAL).code == 0
    before = store.providers.list()
    assert cli("providers", "edit", "1", option, value).reason.startswith(f"{option}: ")
    assert store.providers.list() == before


def test_edit_changes_the_given_fields_alone(cli: CommandLine, store: Store) -> None:
    cli(*MINIMAL, "--send-from-name", "Ann")
    before = store.providers.get(1)
    assert cli("providers", "edit", "1", "--caption", "New", "--send-from-name", "").code == 0
    after = store.providers.get(1)
    assert (after.caption, after.send_from_name) == ("New", "")
    assert (after.host, after.uid, after.port) == (before.host, before.uid, 587)
    assert cli("providers", "edit", "9", "--caption", "New").reason.startswith("Provider 9 ")


def test_the_port_follows_the_encryption_until_it_is_given(cli: CommandLine, store: Store) -> None:
    cli(*MINIMAL)
    cli("providers", "edit", "1", "--encryption", "ssl")
    assert store.providers.get(1).port == 465
    cli("providers", "edit", "1", "--port", "2525")
    cli("providers", "edit", "1", "--encryption", "tls")
    assert store.providers.get(1).port == 2525


def test_resume_ends_a_pause(cli: CommandLine, store: Store) -> None:
    cli(*MINIMAL)
    store.providers.pause(1, "535 no")
    assert cli("providers", "resume", "1").out == "“smtp.example.org” is used again.\n"
    assert store.providers.get(1).pause is None
    assert cli("providers", "resume", "1").out == "“smtp.example.org” was not paused.\n"
    assert cli("providers", "resume", "7").reason.startswith("Provider 7 ")


@pytest.mark.usefixtures("no_keyring")
def test_one_provider_stays_enabled(cli: CommandLine, store: Store) -> None:
    cli(*MINIMAL)
    assert "is the only enabled provider" in cli("providers", "disable", "1").reason
    cli(*MINIMAL, "--disabled")
    assert "is the last enabled provider" in cli("providers", "remove", "1").reason
    assert cli("providers", "enable", "2").code == 0
    assert cli("providers", "disable", "1").code == 0
    assert [provider.enabled for provider in store.providers.list()] == [False, True]
    assert cli("providers", "remove", "1").code == 0
    assert [provider.id for provider in store.providers.list()] == [2]


def test_the_keyring_follows_a_provider_that_is_added_edited_and_removed(
    secret_service: SecretService, cli: CommandLine, store: Store
) -> None:
    assert cli(*SIGNING_IN, stdin="gehëim\r\nsecond line".encode()).ids == [1]
    uid = store.providers.get(1).uid
    assert secret_service.stored("mailadmin", uid) == ["gehëim"]
    assert cli("providers", "edit", "1", "--password-stdin", stdin=b"new").code == 0
    assert secret_service.stored("mailadmin", uid) == ["new"]
    assert cli("providers", "remove", "1").code == 0
    assert secret_service.stored("mailadmin", uid) == []


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_no_provider_is_added_with_a_password(
    cli: CommandLine, store: Store
) -> None:
    result = cli(*SIGNING_IN, stdin=b"secret")
    assert "MAILADMIN_PASSWORD_FILE_<ID>" in result.reason
    assert store.providers.list() == []
    assert cli(*MINIMAL, "--username", "ann").ids == [1]
    before = store.providers.get(1)
    result = cli("providers", "edit", "1", "--caption", "X", "--password-stdin", stdin=b"secret")
    assert "MAILADMIN_PASSWORD_FILE_1" in result.reason
    assert store.providers.get(1) == before
    assert cli("providers", "remove", "1").code == 0


def test_an_edit_that_fails_keeps_the_old_password(
    secret_service: SecretService,
    cli: CommandLine,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another program holds the database: neither the field nor the password changes."""
    assert cli(*SIGNING_IN, stdin=b"old").ids == [1]
    uid = store.providers.get(1).uid
    open_store = partial(Store.open, busy_timeout=0.1)
    monkeypatch.setattr(Store, "open", open_store)
    store.providers._database.peewee.execute_sql("BEGIN IMMEDIATE")
    try:
        result = cli("providers", "edit", "1", "--caption", "X", "--password-stdin", stdin=b"new")
        assert "is locked by another program" in result.reason
        assert "is locked by another program" in cli(*SIGNING_IN, stdin=b"more").reason
    finally:
        store.providers._database.peewee.execute_sql("ROLLBACK")
    assert secret_service.stored("mailadmin", uid) == ["old"]
    assert [provider.caption for provider in store.providers.list()] == ["smtp.example.org"]


@pytest.mark.parametrize("stdin", [b"", b"\n", b"\nsecret", b"\xff\xfe", b"x" * 20000])
def test_standard_input_without_a_usable_password_is_refused(
    cli: CommandLine, store: Store, stdin: bytes
) -> None:
    assert "standard input" in cli(*SIGNING_IN, stdin=stdin).reason
    assert store.providers.list() == []


def test_a_password_without_a_user_name_is_refused(cli: CommandLine) -> None:
    assert "--username" in cli(*MINIMAL, "--password-stdin", stdin=b"secret").reason


def test_the_connection_test_names_the_stage_that_failed(
    cli: CommandLine, plain_server: AiosmtpdServer, certificates: Certificates
) -> None:
    local = ("providers", "add", "--host", "127.0.0.1", "--port", str(plain_server.port))
    cli(*local, "--encryption", "none", "--send-from", "ann@example.org")
    passed = cli("providers", "test", "1", "--transcript")
    assert passed.code == 0
    words = [line.split()[0] for line in passed.out.splitlines()]
    assert words == ["passed", "passed", "skipped", "skipped", "passed"]
    assert "MAIL FROM:<ann@example.org>" in passed.err

    cli("providers", "edit", "1", "--encryption", "tls", "--ca-file", certificates.ca_file)
    failed = cli("providers", "test", "1")
    assert failed.reason.startswith("TLS failed: ")
    assert "\nfailed   TLS" in failed.out


@pytest.mark.usefixtures("no_keyring")
def test_the_connection_test_says_that_the_password_is_missing(
    cli: CommandLine, plain_server: AiosmtpdServer
) -> None:
    cli(
        *("providers", "add", "--host", "127.0.0.1", "--port", str(plain_server.port)),
        *("--encryption", "none", "--send-from", "ann@example.org", "--username", "ann"),
    )
    assert cli("providers", "test", "1").reason.startswith("credentials failed: ")
    assert plain_server.recorder.connections == 0


def test_a_file_that_is_no_database_is_refused(program: Program) -> None:
    program.database.parent.mkdir()
    program.database.write_bytes(b"no database at all, " * 100)
    result = program("providers", "list")
    assert "is damaged or is not a database" in result.reason
    assert program.database.read_bytes().startswith(b"no database")


def test_a_url_of_another_kind_of_database_is_refused(cli: CommandLine) -> None:
    result = cli.bare("--database", "mysql://example.org/mail", "providers", "list")
    assert "mysql" in result.reason
