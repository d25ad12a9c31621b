"""`mailadmin settings` on a real database, and a sender that follows while it runs."""

from __future__ import annotations

import json
import re
import subprocess
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mailadmin.domain.provider import Encryption
from mailadmin.preferences import PREFERENCES, Preference, Preferences
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, Program, queued
from tests.preferences.other import OTHER
from tests.servers.scripted_server import scripted_server
from tests.smtp_providers import smtp_provider

SOON = 30.0  # seconds in which a sender follows on a busy machine; on an idle one it takes one


def stored(store: Store) -> Preferences:
    return store.settings.preferences(Preferences())


@pytest.mark.parametrize("preference", PREFERENCES, ids=lambda preference: preference.key)
def test_every_declared_preference_can_be_set_got_and_reset(
    cli: CommandLine, store: Store, preference: Preference[Any]
) -> None:
    key, text = preference.key, preference.kind.show(preference.of(OTHER))
    default = cli("settings", "get", key)
    assert (default.code, default.out) == (0, preference.kind.show(preference.default) + "\n")
    result = cli("settings", "set", key, text)
    assert (result.code, result.out, result.err) == (0, f"{key} is now {text}.\n", "")
    assert cli("settings", "get", key).out == f"{text}\n"
    assert stored(store) == replace(Preferences(), **{key: preference.of(OTHER)})
    assert cli("settings", "reset", key).code == 0
    assert cli("settings", "get", key).out == default.out
    assert stored(store) == Preferences()


@pytest.mark.parametrize("preference", PREFERENCES, ids=lambda preference: preference.key)
def test_set_takes_the_form_that_get_prints(cli: CommandLine, preference: Preference[Any]) -> None:
    cli("settings", "set", preference.key, preference.kind.show(preference.of(OTHER)))
    printed = cli("settings", "get", preference.key).out.rstrip("\n")
    assert cli("settings", "set", preference.key, printed).code == 0
    assert cli("settings", "get", preference.key).out == f"{printed}\n"


def test_list_shows_every_preference_with_its_default(cli: CommandLine) -> None:
    cli("settings", "set", "retry_delays", "2m")
    cli("settings", "set", "never_duplicate", "yes")
    title, *rows = cli("settings", "list").out.splitlines()
    assert title.split() == ["KEY", "VALUE", "DEFAULT", "DESCRIPTION"]
    assert [row.split()[0] for row in rows] == [preference.key for preference in PREFERENCES]
    assert re.split(r" {2,}", rows[0])[:3] == ["retry_delays", "2m", "1m 5m 15m 30m 1h 2h"]
    assert rows[-1].split()[:3] == ["never_duplicate", "yes", "no"]


def test_preferences_are_listed_as_json(cli: CommandLine) -> None:
    assert cli("settings", "set", "never_duplicate", "on").code == 0
    rows = cli("settings", "list", "--json").json
    assert {tuple(row) for row in rows} == {("key", "value", "default", "description")}
    assert [row["key"] for row in rows] == [preference.key for preference in PREFERENCES]
    by_key = {row["key"]: row for row in rows}
    assert (by_key["never_duplicate"]["value"], by_key["never_duplicate"]["default"]) == (
        True,
        False,
    )
    assert by_key["retry_delays"]["value"] == "1m 5m 15m 30m 1h 2h"
    assert (by_key["retry_jitter"]["value"], by_key["retry_expiry"]["value"]) == ("20%", "5d")
    assert all(row["description"] for row in rows)


def test_a_demo_has_defaults_of_its_own(cli: CommandLine) -> None:
    rows = cli.bare("--demo", "settings", "list", "--json").json
    assert (rows[0]["value"], rows[0]["default"]) == ("6s 12s 24s", "6s 12s 24s")


def test_a_schedule_may_have_no_first_waits(cli: CommandLine, store: Store) -> None:
    assert cli("settings", "set", "retry_delays", "").out == "retry_delays is now empty.\n"
    assert cli("settings", "get", "retry_delays").out == "\n"
    assert stored(store).retry_delays == ()


@pytest.mark.parametrize(
    ("key", "text", "allowed"),
    [
        ("retry_delays", "1m 5", "Write a number and its unit, such as 30s, 5m, 4h or 5d."),
        ("retry_delays", "0s", "a second at least and 30 days at most"),
        ("retry_repeat", "31d", "a second at least and 30 days at most"),
        ("retry_repeat", "", "Write a number and its unit"),
        ("retry_expiry", "59s", "one minute at least and 30 days at most"),
        ("retry_jitter", "51%", "0 % at least and 50 % at most"),
        ("retry_jitter", "a little", "0 % at least and 50 % at most"),
        ("never_duplicate", "perhaps", "“perhaps” is neither yes nor no."),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(
    cli: CommandLine, store: Store, key: str, text: str, allowed: str
) -> None:
    before = cli("settings", "get", key).out
    reason = cli("settings", "set", key, text).reason
    assert reason.startswith(f"{key}: ")
    assert allowed in reason
    assert cli("settings", "get", key).out == before
    assert store.settings.get("delivery") is None


@pytest.mark.parametrize("command", [["get"], ["set", "1m"], ["reset"]], ids=" ".join)
def test_an_unknown_key_is_answered_with_the_known_ones(
    cli: CommandLine, command: list[str]
) -> None:
    name, *value = command
    result = cli("settings", name, "retry_delay", *value)
    assert result.code == 2
    last = result.err.splitlines()[-1]
    assert "there is no setting 'retry_delay'" in last
    assert all(preference.key in last for preference in PREFERENCES)


def test_nonsense_in_the_database_is_shown_as_the_default(cli: CommandLine, store: Store) -> None:
    store.settings.set("delivery", {"delays": "often", "never_duplicate": "maybe"})
    assert cli("settings", "get", "retry_delays").out == "1m 5m 15m 30m 1h 2h\n"
    assert cli("settings", "get", "never_duplicate").out == "no\n"


def test_a_sender_that_runs_follows(program: Program, cli: CommandLine, store: Store) -> None:
    """Mail that is put off after the change waits as long as it says."""
    cli("settings", "set", "retry_jitter", "0")
    with scripted_server({"RCPT": "451 4.7.1 greylisted"}) as server:
        store.providers.add(
            smtp_provider("Relay", "127.0.0.1", server.port, "a@b.org", encryption=Encryption.NONE)
        )
        process = subprocess.Popen(
            program.command("send", "--forever", "--json-log"), stderr=subprocess.PIPE, text=True
        )
        try:
            assert wait_of_next(process, store, 0) == 60
            assert cli("settings", "set", "retry_delays", "3h").code == 0
            deadline = time.monotonic() + SOON
            number = 1
            while wait_of_next(process, store, number) != 3 * 3600:
                assert time.monotonic() < deadline
                number += 1
        finally:
            process.kill()
            process.wait()
            assert process.stderr is not None
            process.stderr.close()


def wait_of_next(process: subprocess.Popen[str], store: Store, number: int) -> int:
    """Queue one more message; gives the seconds that the sender puts it off for."""
    queued(store, f"r{number}@example.org")
    assert process.stderr is not None
    while (event := json.loads(process.stderr.readline()))["event"] != "attempt":
        pass
    later = datetime.fromisoformat(event["next_attempt_date"])
    return round((later - datetime.fromisoformat(event["time"])).total_seconds())
