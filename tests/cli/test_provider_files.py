"""`mailadmin providers export` and `import` on real files, databases and a real keyring."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailadmin.core.domain import Encryption, Provider
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, Program
from tests.secret_service import SecretService

RELAY = Provider("Relay", "smtp.example.org", 587, "ann@example.org", username="ann")
OTHER = Provider("Other", "mx.example.net", 465, "bob@example.net", encryption=Encryption.SSL)
CANARY = "canary-91c4"


@pytest.fixture
def both(store: Store) -> list[Provider]:
    return [store.providers.add(RELAY), store.providers.add(replace(OTHER, limit_per_hour=300))]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Commands on another database."""
    return CommandLine(tmp_path / "elsewhere" / "mail.db", monkeypatch)


def content(path: Path) -> Any:  # noqa: ANN401 - JSON
    return json.loads(path.read_text("utf-8"))


@pytest.mark.usefixtures("both")
def test_from_one_database_to_another(
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
    assert content(again) == content(path)
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.usefixtures("both")
def test_through_a_pipe_and_twice(cli: CommandLine, elsewhere: CommandLine) -> None:
    exported = cli("providers", "export").out.encode()
    elsewhere("providers", "import", "-", stdin=exported)
    result = elsewhere("providers", "import", "-", stdin=exported)
    assert result.out.count("was there, left as it is") == 2
    assert result.err == ""
    assert len(elsewhere("providers", "list", "--json").json) == 2


def test_update(cli: CommandLine, store: Store, both: list[Provider], tmp_path: Path) -> None:
    path = tmp_path / "providers.json"
    cli("providers", "export", path)
    assert both[0].id is not None
    store.providers.update(replace(both[0], caption="Renamed", port=2525))
    result = cli("providers", "import", "--json", path).json
    assert [each["result"] for each in result] == ["left", "left"]
    result = cli("providers", "import", "--json", "--update", path).json
    assert result == [
        {"id": 1, "uid": both[0].uid, "caption": "Relay", "result": "updated"},
        {"id": 2, "uid": both[1].uid, "caption": "Other", "result": "left"},
    ]
    assert store.providers.get(both[0].id) == both[0]


@pytest.mark.usefixtures("both")
def test_disabled(cli: CommandLine, elsewhere: CommandLine, tmp_path: Path) -> None:
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
def test_one_faulty_provider_keeps_all_out(
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


def test_files_that_are_none(cli: CommandLine, tmp_path: Path) -> None:
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
