"""Providers of a database of version 6 are the same afterwards, as settings of the SMTP driver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest

from mailadmin.domain.provider import Encryption, Provider, ProviderPause, StoredProvider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.place.location import parse_location
from mailadmin.store import Store
from mailadmin.store.base.database import Database
from mailadmin.store.migrations import all_steps, migrate
from mailadmin.store.upkeep.findings import FindingKind

THEN = "2026-03-01T12:00:00.000+00:00"
CAPTION = 'R\u00e9seau \u201c"\u201d \\ \n tab\t'
ROWS = (
    (1, "uid1", CAPTION, "smtp", "b\u00fccher.example", 465, 'a"nn', "o@x.org", "Ann", "SSL", 1,
     "C:\\ca \u00e9.pem", "ab" * 32, 3, 7, 9, 11, 1, None, 3000, 20000, "535 no", THEN),
    (4, "uid4", "Plain", "smtp", "localhost", 25, "", "p@x.org", "", "NONE", 0,
     "", "", 10, 1, 4, 100, None, None, None, None, None, None),
)  # fmt: skip


@pytest.fixture
def sixth(tmp_path: Path) -> Path:
    """Two providers, of four there ever were, with mail bound to the second."""
    path = tmp_path / "mail.db"
    database = Database(parse_location(path), 1.0)
    assert migrate(database, all_steps()[:6])[-1] == 6
    database.close_connection()
    old = apsw.Connection(str(path))
    with old:
        marks = ", ".join("?" * len(ROWS[0]))
        for row in ROWS:
            old.execute(f"INSERT INTO provider VALUES ({marks})", row)  # noqa: S608
        old.execute("UPDATE sqlite_sequence SET seq = 9 WHERE name = 'provider'")
        old.execute(
            "INSERT INTO provider_health (provider_id, failures, last_failure) VALUES (4, 2, 'x')"
        )
        old.execute(
            "INSERT INTO message VALUES (1, 'x', 2, '<1@x>', 'Hello', '', NULL, ?, 'file', '')",
            (THEN,),
        )
        old.execute(
            "INSERT INTO queue (id, message_id, recipient, subject, created_at, next_attempt_at,"
            " attempts_count, status, reason, priority, schedule_started_at, schedule_step,"
            " provider_id, epoch, unknown_outcomes) VALUES"
            " (1, 1, 'a@x.org', 'Hello', ?, ?, 1, 'UNCERTAIN', '', 10, ?, 0, 4, 1, 1)",
            (THEN, THEN, THEN),
        )
    old.close()
    return path


@pytest.fixture
def store(sixth: Path) -> Iterator[Store]:
    opened = Store.open(sixth, standard_drivers())
    yield opened
    opened.close()


def test_every_field_is_kept(store: Store) -> None:
    first, second = store.providers.list()
    assert first == StoredProvider(
        caption=CAPTION,
        settings=SmtpSettings(
            "b\u00fccher.example", 465, 'a"nn', Encryption.SSL, "C:\\ca \u00e9.pem", "ab" * 32
        ),
        send_from="o@x.org",
        send_from_name="Ann",
        priority=3,
        weight=7,
        max_connections=9,
        messages_per_connection=11,
        limit_per_second=1,
        limit_per_hour=3000,
        limit_per_day=20000,
        pause=ProviderPause("535 no", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        uid="uid1",
        id=1,
    )
    assert second == StoredProvider(
        caption="Plain",
        settings=SmtpSettings("localhost", 25, encryption=Encryption.NONE),
        send_from="p@x.org",
        enabled=False,
        uid="uid4",
        id=4,
    )


def test_what_points_at_a_provider_still_does(store: Store) -> None:
    assert store.queue.get(1).provider_id == 4
    assert store.health.get([4])[4].last_failure == "x"
    store.providers.remove(4)
    assert store.queue.get(1).provider_id is None
    assert store.health.get([4]) == {}


def test_no_id_is_given_out_twice(store: Store) -> None:
    added = store.providers.add(Provider("New", SmtpSettings("h.example"), "n@x.org"))
    assert added.id == 10


def test_a_database_without_providers_starts_to_count_at_one(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    database = Database(parse_location(path), 1.0)
    migrate(database, all_steps()[:6])
    database.close_connection()
    store = Store.open(path, standard_drivers())
    assert store.providers.add(Provider("New", SmtpSettings("h.example"), "n@x.org")).id == 1
    store.close()


def test_the_database_is_sound_and_holds_the_settings_as_the_program_writes_them(
    sixth: Path, store: Store
) -> None:
    kinds = {finding.kind for finding in store.check().findings}
    assert kinds == {FindingKind.MISSING_CONTENT}  # of the message, which is only a row here
    connection = apsw.Connection(str(sixth))
    written = [json.loads(text) for (text,) in connection.execute("SELECT settings FROM provider")]
    connection.close()
    assert written == [each.settings.values() for each in store.providers.list()]
