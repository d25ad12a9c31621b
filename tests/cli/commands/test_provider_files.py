"""`mailadmin providers export` and `import` on real files, databases and a real keyring."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailadmin.domain.provider import Encryption, StoredProvider
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, Program
from tests.secret_service import SecretService
from tests.smtp_providers import smtp_provider

RELAY = smtp_provider("Relay", "smtp.example.org", 587, "ann@example.org", username="ann")
OTHER = smtp_provider("Other", "mx.example.net", 465, "bob@example.net", encryption=Encryption.SSL)
CANARY = "canary-91c4"


@pytest.fixture
def both(store: Store) -> list[StoredProvider]:
    return [store.providers.add(RELAY), store.providers.add(replace(OTHER, limit_per_hour=300))]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Commands on another database."""
    return CommandLine(tmp_path / "elsewhere" / "mail.db", monkeypatch)


def content(path: Path) -> Any:  # noqa: ANN401 - JSON
    return json.loads(path.read_text("utf-8"))


def without_uids(path: Path) -> list[dict[str, object]]:
    return [each | {"uid": ""} for each in content(path)["providers"]]


def export_changed(cli: CommandLine, path: Path, **changes: object) -> None:
    """Export, and change the first provider in the file."""
    cli("providers", "export", path)
    file = content(path)
    file["providers"][0] |= changes
    path.write_text(json.dumps(file), "utf-8")


@pytest.mark.usefixtures("both")
def test_providers_go_from_one_database_to_another(
    cli: CommandLine, elsewhere: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "providers.json"
    result = cli("providers", "export", path)
    assert (result.code, result.out) == (0, "")
    assert result.err == f"2 providers exported to {path}, without passwords.\n"
    result = elsewhere("providers", "import", path)
    assert result.code == 0
    assert result.out == "1  “Relay”  added\n2  “Other”  added\n"
    assert "passwords are in no file" in result.err
    lists = [each("providers", "list", "--json").json for each in (cli, elsewhere)]
    assert lists[0] == lists[1]
    again = tmp_path / "again.json"
    elsewhere("providers", "export", again)
    assert without_uids(again) == without_uids(path)
    result = cli("providers", "import", "--update", again)  # and back
    assert result.out.count("was there, left as it is") == 2
    assert len(cli("providers", "list", "--json").json) == 2
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.usefixtures("both")
def test_a_second_import_through_a_pipe_changes_nothing(
    cli: CommandLine, elsewhere: CommandLine
) -> None:
    exported = cli("providers", "export").out.encode()
    elsewhere("providers", "import", "-", stdin=exported)
    result = elsewhere("providers", "import", "-", stdin=exported)
    assert result.out.count("was there, left as it is") == 2
    assert result.err == ""
    assert len(elsewhere("providers", "list", "--json").json) == 2


def test_update_changes_known_providers(
    cli: CommandLine, store: Store, both: list[StoredProvider], tmp_path: Path
) -> None:
    path = tmp_path / "providers.json"
    cli("providers", "export", path)
    store.providers.update(replace(both[0], caption="Renamed", enabled=False, limit_per_hour=5))
    result = cli("providers", "import", "--json", path).json
    assert [each["result"] for each in result] == ["left", "left"]
    result = cli("providers", "import", "--json", "--update", path).json
    changes = ["caption", "enabled", "limit_per_hour"]
    assert result == [
        {
            "id": 1,
            "uid": both[0].uid,
            "caption": "Relay",
            "result": "updated",
            "changes": changes,
        },
        {"id": 2, "uid": both[1].uid, "caption": "Other", "result": "left", "changes": []},
    ]
    assert store.providers.get(both[0].id) == both[0]


@pytest.mark.usefixtures("both")
def test_an_update_says_what_it_changes(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "providers.json"
    export_changed(cli, path, caption="New name", enabled=False, limit_per_hour=7)
    result = cli("providers", "import", "--update", path)
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "1  “New name”  updated: caption Relay → New name, enabled yes → no, "
        "limit_per_hour – → 7\n"
        "2  “Other”  was there, left as it is\n"
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"host": "mx.evil.example", "weight": 3, "caption": "Another"},
            "host smtp.example.org → mx.evil.example",
        ),
        ({"port": 2525, "username": "bob"}, "port 587 → 2525, username ann → bob"),
        ({"encryption": "SSL"}, "encryption TLS → SSL"),
        ({"trusted_fingerprint": "ab" * 32}, f"trusted_fingerprint – → {'ab' * 32}"),
    ],
)
def test_an_import_that_would_move_a_password_is_refused(
    cli: CommandLine,
    store: Store,
    both: list[StoredProvider],
    tmp_path: Path,
    changes: dict[str, object],
    told: str,
) -> None:
    path = tmp_path / "providers.json"
    export_changed(cli, path, **changes)
    result = cli("providers", "import", "--update", path)
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        f"“Relay”: a password that is kept for it would be used elsewhere: {told}\n"
        "mailadmin: Nothing was imported: passwords may only be used elsewhere with "
        "--move-passwords.\n"
    )
    assert store.providers.list() == both
    assert cli("providers", "import", path).out.count("left as it is") == 2
    result = cli("providers", "import", "--update", "--move-passwords", path)
    assert result.code == 0
    assert told.partition(",")[0] in result.out
    (changed, _) = store.providers.list()
    assert result.err == (
        f"Note: a password that is kept for “{changed.caption}” is used with {changed.host}, "
        f"port {changed.port}, from now on.\n"
    )
    assert changed.values().items() >= changes.items()


def test_a_provider_without_sign_in_may_change_its_host(
    cli: CommandLine, store: Store, tmp_path: Path
) -> None:
    store.providers.add(OTHER)
    path = tmp_path / "providers.json"
    export_changed(cli, path, host="mx2.example.net")
    result = cli("providers", "import", "--update", path)
    assert result.out == "1  “Other”  updated: host mx.example.net → mx2.example.net\n"


def test_move_passwords_needs_update(cli: CommandLine, tmp_path: Path) -> None:
    result = cli("providers", "import", "--move-passwords", tmp_path / "absent")
    assert result.code == 2
    assert "--move-passwords goes with --update" in result.err


def test_an_import_does_not_take_over_the_password_of_another_database(
    program: Program, tmp_path: Path, secret_service: SecretService
) -> None:
    """The keyring is the user's, whatever databases there are."""
    program.environment = secret_service.environment
    added = program(
        *("providers", "add", "--host", "smtp.example.org", "--send-from", "ann@example.org"),
        *("--username", "ann", "--password-stdin"),
        stdin=CANARY.encode() + b"\n",
    )
    assert added.code == 0, added
    path = tmp_path / "providers.json"
    assert program("providers", "export", path).code == 0
    file = content(path)
    uid = file["providers"][0]["uid"]
    file["providers"][0]["host"] = "mx.evil.example"
    path.write_text(json.dumps(file), "utf-8")
    other = ("--database", str(tmp_path / "other.db"))
    assert program(*other, "providers", "import", path).code == 0
    (shown,) = program(*other, "providers", "import", "--json", path).json
    assert shown["result"] == "left"
    assert secret_service.stored("mailadmin", shown["uid"]) == []
    assert program(*other, "providers", "remove", "1").code == 0
    assert secret_service.stored("mailadmin", uid) == [CANARY]


@pytest.mark.usefixtures("both")
def test_disabled_imports_providers_that_do_not_send(
    cli: CommandLine, elsewhere: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "providers.json"
    cli("providers", "export", path)
    assert "always has to be" in elsewhere("providers", "import", "--disabled", path).reason
    assert elsewhere("providers", "list", "--json").json == []
    elsewhere("providers", "add", "--host", "mx.example.org", "--send-from", "a@example.org")
    elsewhere("providers", "import", "--disabled", path)
    shown = elsewhere("providers", "list", "--json").json
    assert [each["enabled"] for each in shown] == [True, False, False]
    cli("providers", "import", "--disabled", "--update", path)  # those that are there stay enabled
    assert all(each["enabled"] for each in cli("providers", "list", "--json").json)


@pytest.mark.usefixtures("both")
def test_one_faulty_provider_keeps_the_whole_file_out(
    cli: CommandLine, elsewhere: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "providers.json"
    cli("providers", "export", path)
    file = content(path)
    file["providers"][1] |= {"host": "smtp://mx", "password": CANARY}
    path.write_text(json.dumps(file), "utf-8")
    result = elsewhere("providers", "import", path)
    assert result.code == 1
    lines = result.err.splitlines()
    assert lines[0].startswith("Provider 2 “Other”: password: Passwords are never read from a file")
    assert lines[-1] == "mailadmin: Nothing was imported: 1 of 2 providers can't be used."
    assert CANARY not in result.err
    assert elsewhere("providers", "list", "--json").json == []


def test_a_file_that_is_not_one_of_providers_is_refused(cli: CommandLine, tmp_path: Path) -> None:
    assert "No such file" in cli("providers", "import", tmp_path / "absent").reason
    assert "is a directory" in cli("providers", "import", tmp_path).reason.casefold()
    other = tmp_path / "other.json"
    other.write_text("{}")
    assert "not a file of providers" in cli("providers", "import", other).reason
    assert "not JSON" in cli("providers", "import", "-").reason
    assert "No such file" in cli("providers", "export", tmp_path / "absent" / "p.json").reason


def test_no_password_is_exported(
    program: Program, tmp_path: Path, secret_service: SecretService
) -> None:
    program.environment = secret_service.environment
    added = program(
        *("providers", "add", "--host", "smtp.example.org", "--send-from", "ann@example.org"),
        *("--username", "ann", "--password-stdin"),
        stdin=CANARY.encode() + b"\n",
    )
    assert added.code == 0, added
    path = tmp_path / "providers.json"
    exported = program("providers", "export")
    assert program("providers", "export", path).code == 0
    for text in (exported.out, exported.err, path.read_text("utf-8")):
        assert CANARY not in text
        assert "password" not in text.replace("without passwords", "")
    (provider,) = content(path)["providers"]
    assert provider["username"] == "ann"
    assert secret_service.stored("mailadmin", provider["uid"]) == [CANARY]  # it was there
