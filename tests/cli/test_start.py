"""How commands start: grammar, environment, and what is not imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mailadmin.build import version_text
from mailadmin.cli import parse
from mailadmin.cli.parser import build_parser
from tests.cli.conftest import CommandLine

COMMANDS = [
    *(["providers", name] for name in ("list", "add", "edit", "remove", "enable", "disable")),
    *(["providers", name] for name in ("resume", "show", "test", "export", "import")),
    ["enqueue"],
    *(["queue", name] for name in ("list", "show", "delete", "retry", "hold", "release")),
    ["queue", "resolve"],
    *(["log", name] for name in ("list", "show", "export")),
    *(["settings", name] for name in ("list", "get", "set", "reset")),
    ["open"],
    ["send"],
    ["backup"],
    ["check"],
]


def test_without_a_command_the_window_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILADMIN_DATABASE", raising=False)
    options = parse([])
    assert (options.command, options.database, options.demo) == (None, None, False)
    assert parse(["--demo"]).demo
    assert parse(["--database", "a.db"]).database == "a.db"


def test_the_environment_names_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILADMIN_DATABASE", "sqlite:///there.db")
    assert parse(["queue", "list"]).database == "sqlite:///there.db"
    assert parse(["--database", "here.db", "queue", "list"]).database == "here.db"
    assert parse(["--demo", "queue", "list"]).database is None
    monkeypatch.setenv("MAILADMIN_DATABASE", "")
    assert parse([]).database is None


def test_the_default_database_is_in_the_data_folder(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert cli.bare("queue", "list").code == 0
    if sys.platform.startswith("linux"):
        assert (tmp_path / "share" / "mailadmin" / "mailadmin.db").is_file()


def test_demo_and_database_do_not_go_together(cli: CommandLine) -> None:
    assert cli("--demo", "queue", "list").code == 2


def test_portable_does_not_go_with_another_database(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILADMIN_DATABASE", "elsewhere.db")
    options = parse(["--portable", "queue", "list"])
    assert (options.portable, options.database) == (True, None)
    assert cli("--portable", "queue", "list").code == 2
    assert cli.bare("--portable", "--demo", "queue", "list").code == 2


def test_commands_work_on_the_portable_database(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailadmin.place.paths.program_folder", lambda: tmp_path)
    assert cli.bare("--portable", "queue", "list").code == 0
    assert (tmp_path / "mailadmin-data" / "data" / "mailadmin.db").is_file()


def test_open_takes_the_files_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    options = parse(["--demo", "open", "a.eml", "b.eml"])
    assert (options.command, options.files, options.demo) == ("open", ["a.eml", "b.eml"], True)
    assert parse(["queue", "list"]).files == []


def test_version_is_printed(cli: CommandLine) -> None:
    result = cli.bare("--version")
    assert (result.code, result.out) == (0, f"Mail Admin {version_text()}\n")


@pytest.mark.parametrize("command", [[], *COMMANDS], ids=" ".join)
def test_every_command_explains_itself(cli: CommandLine, command: list[str]) -> None:
    result = cli.bare(*command, "--help")
    assert result.code == 0
    assert result.out.startswith("usage: mailadmin")
    assert "None" not in result.out


def test_every_command_is_known_here() -> None:
    """The list above is whole, so that no command goes without its tests."""
    known = {tuple(command) for command in COMMANDS}
    found: set[tuple[str, ...]] = set()
    for name, parser in _commands(build_parser()).items():
        below = _commands(parser)
        found |= {(name, inner) for inner in below} if below else {(name,)}
    assert found == known


def _commands(parser: object) -> dict[str, object]:
    actions = [action for action in vars(parser)["_actions"] if isinstance(action.choices, dict)]
    return dict(actions[0].choices) if actions else {}


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["queue"],
        ["queue", "list", "--status", "lost"],
        ["queue", "list", "--sort", "weather"],
        ["queue", "list", "--limit", "-1"],
        ["queue", "show"],
        ["queue", "delete", "one"],
        ["queue", "delete", "0"],
        ["queue", "resolve", "1"],
        ["queue", "resolve", "1", "--sent", "--resend"],
        ["queue", "delete", "9" * 30],
        ["send"],
        ["send", "--forever", "--until-empty"],
        ["send", "--forever", "--once"],
        ["providers", "add", "--encryption", "rot13"],
        ["providers", "add", "--host", "smtp.example.org"],
        ["providers", "add", "--send-from", "ann@example.org"],
        ["providers", "edit", "1"],
        ["providers", "add", "--password", "on the command line"],
        ["enqueue"],
        ["enqueue", "a.eml", "--subject", "Both"],
        ["enqueue", "-", "-"],
        ["enqueue", "--to", "ann@example.org"],
        ["enqueue", "a.eml", "--expires", "tomorrow"],
        ["enqueue", "a.eml", "--priority", "-1"],
        ["providers", "add", "--limit-per-day", "many"],
        ["backup"],
        ["settings"],
        ["settings", "get"],
        ["settings", "get", "moon_phase"],
        ["settings", "set", "never_duplicate"],
        ["settings", "set", "moon_phase", "full"],
        ["settings", "reset", "moon_phase"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_why(cli: CommandLine, arguments: list[str]) -> None:
    result = cli(*arguments)
    assert result.code == 2, result
    assert result.out == ""
    assert "usage: mailadmin" in result.err
    assert "error: " in result.err.splitlines()[-1]


PREFERENCES = "mailadmin.preferences"
HEAVY = {
    *("PySide6", "shiboken6", "keyring", "peewee", "apsw"),
    *("aiohappyeyeballs", "aiosmtpd", "aiosmtplib", "idna"),
    PREFERENCES,
}


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["queue", "list"], {"peewee", "apsw"}),
        (["log", "list", "--json"], {"peewee", "apsw"}),
        (["providers", "list"], {"peewee", "apsw"}),
        (["settings", "list"], {"peewee", "apsw", PREFERENCES}),
        (
            ["enqueue", "--from", "a@example.org", "--to", "b@example.org", "--text", "x"],
            {"peewee", "apsw"},
        ),
        (["send", "--until-empty"], {"peewee", "apsw", "aiohappyeyeballs", PREFERENCES}),
        (
            ["--demo", "queue", "list"],
            {"peewee", "apsw", "aiohappyeyeballs", "aiosmtpd", PREFERENCES},
        ),
    ],
    ids=lambda value: " ".join(sorted(value)) if isinstance(value, set) else " ".join(value),
)
def test_only_what_is_needed_is_imported(
    database: Path, arguments: list[str], allowed: set[str]
) -> None:
    """Qt never; the libraries of database, SMTP and keyring when a command needs them."""
    place = [] if "--demo" in arguments else ["--database", str(database)]
    program = (
        "import json, sys\n"
        "from mailadmin.__main__ import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit:\n"
        "    pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *place, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(json.loads(done.stdout.splitlines()[-1]))
    assert imported & HEAVY <= allowed
