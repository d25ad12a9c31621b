"""Providers of several drivers on the command line: their options, and null for what one hasn't."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailadmin.credentials import CredentialResolver
from mailadmin.drivers.folder import FolderSettings
from mailadmin.store import Store
from tests.cli.conftest import CommandLine

ADD = ("providers", "add", "--driver", "folder", "--send-from", "ann@example.org")
SMTP = ("providers", "add", "--send-from", "ann@example.org")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "spool"
    path.mkdir()
    return path


def test_a_folder_is_added_and_listed_with_null_for_what_it_has_not(
    cli: CommandLine, store: Store, folder: Path
) -> None:
    assert cli(*ADD, "--folder", str(folder), "--caption", "Spool").out == "1\n"
    assert store.providers.get(1).settings == FolderSettings(str(folder))
    (listed,) = cli("providers", "list", "--json").json
    assert listed == {
        "id": 1,
        "caption": "Spool",
        "driver": "folder",
        "host": None,
        "port": None,
        "username": None,
        "send_from": "ann@example.org",
        "send_from_name": "",
        "encryption": None,
        "enabled": True,
    }
    assert "None" not in cli("providers", "list").out


def test_the_caption_is_the_folder_if_none_is_given(
    cli: CommandLine, store: Store, folder: Path
) -> None:
    assert cli(*ADD, "--folder", str(folder)).code == 0
    assert store.providers.get(1).caption == str(folder)


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        (("--host", "h.example"), "--host"),
        (("--port", "25"), "--port"),
        (("--username", "ann"), "--username"),
        (("--encryption", "tls"), "--encryption"),
        (("--ca-file", "/ca.pem"), "--ca-file"),
        (("--fingerprint", "ab"), "--fingerprint"),
        (("--preset", "Postmark"), "--preset"),
    ],
)
def test_an_option_of_smtp_is_refused_for_a_folder(
    cli: CommandLine, store: Store, folder: Path, options: tuple[str, ...], flag: str
) -> None:
    result = cli(*ADD, "--folder", str(folder), *options)
    assert result.code == 2
    expected = f"{flag} is an option of the driver smtp; this provider has the driver folder"
    assert expected in result.err
    assert store.providers.list() == []


def test_an_option_of_the_folder_is_refused_for_smtp(
    cli: CommandLine, store: Store, folder: Path
) -> None:
    result = cli(*SMTP, "--host", "h.example", "--folder", str(folder))
    assert result.code == 2
    assert "--folder is an option of the driver folder" in result.err
    assert store.providers.list() == []


@pytest.mark.parametrize(
    ("options", "code", "reason"),
    [
        ((), 2, "--folder is needed"),
        (("--folder", "spool/mail"), 1, "--folder: Give the whole path"),
        (("--folder", "", "--caption", "x"), 1, "--folder: This has to be given."),
        (("--folder", "/x", "--password-stdin"), 2, "the driver folder needs no password"),
    ],
)
def test_a_folder_that_can_not_be_added(
    cli: CommandLine, store: Store, options: tuple[str, ...], code: int, reason: str
) -> None:
    result = cli(*ADD, *options)
    assert result.code == code
    assert reason in result.err
    assert store.providers.list() == []


def test_a_driver_nobody_knows_is_an_error_of_usage(cli: CommandLine) -> None:
    result = cli("providers", "add", "--driver", "pigeon", "--send-from", "a@example.org")
    assert result.code == 2
    assert "smtp, folder" in result.err.replace("'", "")


def test_a_folder_is_changed_and_stays_one(
    cli: CommandLine, store: Store, folder: Path, tmp_path: Path
) -> None:
    cli(*ADD, "--folder", str(folder))
    assert cli("providers", "edit", "1", "--folder", str(tmp_path), "--weight", "3").code == 0
    provider = store.providers.get(1)
    assert (provider.settings, provider.weight) == (FolderSettings(str(tmp_path)), 3)
    result = cli("providers", "edit", "1", "--host", "h.example")
    assert result.code == 2
    assert "--host is an option of the driver smtp" in result.err
    assert store.providers.get(1) == provider


def test_show_names_the_folder(cli: CommandLine, folder: Path) -> None:
    cli(*ADD, "--folder", str(folder))
    cli(*SMTP, "--host", "h.example")
    assert f"\nFolder                   {folder}\n" in cli("providers", "show", "1").out
    first, second = cli("providers", "show", "1", "2", "--json").json
    assert (first["folder"], first["ca_file"], first["fingerprint"]) == (str(folder), None, None)
    assert (second["folder"], second["ca_file"], second["fingerprint"]) == (None, "", "")


def test_the_test_goes_through_the_stages_of_the_driver(cli: CommandLine, folder: Path) -> None:
    cli(*ADD, "--folder", str(folder))
    result = cli("providers", "test", "1")
    assert result.code == 0
    lines = [line.split()[:2] for line in result.out.splitlines()]
    assert lines == [["passed", "Folder"], ["passed", "Write"], ["passed", "Space"]]
    folder.rmdir()
    result = cli("providers", "test", "1")
    assert result.code == 1
    assert result.reason.startswith("Folder failed: The folder")


def test_a_folder_goes_to_another_database_and_back(
    cli: CommandLine, store: Store, folder: Path, tmp_path: Path
) -> None:
    cli(*ADD, "--folder", str(folder))
    file = tmp_path / "p.json"
    assert cli("providers", "export", str(file)).code == 0
    (written,) = json.loads(file.read_text())["providers"]
    assert (written["driver"], written["folder"]) == ("folder", str(folder))
    assert not {"host", "port", "username", "encryption", "ca_file"} & written.keys()
    assert "left as it is" in cli("providers", "import", str(file)).out
    store.providers.remove(1)
    result = cli("providers", "import", str(file))
    assert "added" in result.out
    assert "password" not in result.err  # it needs none
    assert store.providers.list()[0].settings == FolderSettings(str(folder))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"host": "h.example"}, "host: There is no field of this name."),
        ({"folder": 5}, "folder: A text belongs here."),
        ({"folder": "spool"}, "folder: Give the whole path"),
        ({"folder": "//server/share"}, "folder: This names another computer"),
        ({"driver": "FOLDER"}, ""),
        ({"driver": "smtp"}, "folder: There is no field of this name."),
    ],
)
def test_a_file_says_what_is_wrong_with_a_folder(
    cli: CommandLine, folder: Path, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    entry = {
        "uid": "a1",
        "caption": "Spool",
        "driver": "folder",
        "folder": str(folder),
        "send_from": "ann@example.org",
        **changes,
    }
    file = tmp_path / "p.json"
    file.write_text(
        json.dumps({"format": "mailadmin providers", "version": 1, "providers": [entry]})
    )
    result = cli("providers", "import", str(file))
    assert (result.code == 0) is not bool(reason)
    assert reason in result.err


def test_check_and_remove_know_the_folder(
    cli: CommandLine, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder has no password, so no keyring is asked to remove one."""

    def remove(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(CredentialResolver, "remove", remove)
    cli(*ADD, "--folder", str(folder))
    assert cli("check").code == 0
    assert cli("providers", "remove", "1").code == 0
    assert store.providers.list() == []
