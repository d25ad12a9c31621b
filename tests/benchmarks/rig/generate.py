"""Fills a database with a queue and a Log of any length, straight by SQL.

    python -m tests.benchmarks.rig.generate FILE [--queue N] [--log N]

The mix of an organisation's busy day: of 100 rows of the queue 70 are due and new, 5 due for
another attempt, 20 wait for one, 3 have failed and 2 are held; of 20 of the Log one has failed.
Ten recipients share a message of 1 KB. The Log is a year's; a recipient has five rows of it, a few
of them have many. But for the time of day each run gives the same.
"""

# ruff: noqa: S608 - what is put together are constants of this package

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import apsw

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.store.base.fields import to_text
from tests.benchmarks.rig import wording

RECIPIENTS = 10  # of each message
ROWS_PER_ADDRESS = 5
_SENDER = "Orders <orders@alder-bakery.example>"
_CONTENT = """\
From: {sender}\r
Subject: {subject}\r
Message-ID: <{number}@alder-bakery.example>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
{text}\r
"""
_TEXT = "x" * 800
_YEAR = 365.0 * 86400  # seconds
_JITTER = 7_200_000  # milliseconds by which the attempts are not in the order of their IDs

_PRAGMAS = (
    "journal_mode = off",
    "synchronous = off",
    "cache_size = -200000",
    "temp_store = memory",
)
_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'journal'"
_TABLES = """
CREATE TEMP TABLE address (id INTEGER PRIMARY KEY, text TEXT);
CREATE TEMP TABLE accepted (id INTEGER PRIMARY KEY, text TEXT);
CREATE TEMP TABLE refused (id INTEGER PRIMARY KEY, text TEXT);
CREATE TEMP TABLE deferred (id INTEGER PRIMARY KEY, text TEXT)
"""
_NUMBERS = """
WITH RECURSIVE number(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM number WHERE i < :last)
"""
_MESSAGE = """
INSERT INTO message (id, sha256, size, message_id, subject, header_from, created_at, source)
VALUES (?, ?, ?, ?, ?, ?, ?, 'generated')
"""
_BYTES = "INSERT INTO message_content (message_id, content) VALUES (?, ?)"


def _hash(multiplier: int) -> str:
    """SQL for a number of 24 bits that looks random, from the number of a row."""
    return f"((i * {multiplier} & 4294967295) >> 8)"


# One row in 500 goes to one of the 20 addresses that get most mail.
_WHO, _WHAT, _WHEN = _hash(2654435761), _hash(2246822519), _hash(3266489917)
_ADDRESS = f"CASE WHEN i % 500 = 250 THEN 1 + {_WHO} % 20 ELSE 1 + {_WHO} % :addresses END"
_A, _R, _D = (
    len(texts) * len(wording.HOSTS)
    for texts in (wording.ACCEPTED, wording.REFUSED, wording.DEFERRED)
)
_SAID = f"replace(reply.text, '{{queue}}', printf('%X%X', {_WHAT}, i))"
_QUEUE = (
    _NUMBERS
    + f"""
INSERT INTO queue (id, message_id, recipient, subject, created_at, last_attempt_at,
    next_attempt_at, attempts_count, status, reason, priority, schedule_started_at, schedule_step,
    epoch, unknown_outcomes)
SELECT i, message.id, address.text, message.subject, message.created_at,
    CASE WHEN i % 100 < 70 THEN NULL ELSE :now END,
    CASE WHEN i % 100 < 75 THEN :now WHEN i % 100 < 95 THEN
        strftime('%Y-%m-%dT%H:%M:%f+00:00', :epoch + 3600 + {_WHEN} % 3600, 'unixepoch') END,
    CASE WHEN i % 100 < 70 THEN 0 ELSE 1 END,
    CASE WHEN i % 100 < 70 THEN 'QUEUED' WHEN i % 100 < 95 THEN 'DEFERRED'
        WHEN i % 100 < 98 THEN 'FAILED' ELSE 'HELD' END,
    CASE WHEN i % 100 < 70 THEN '' ELSE {_SAID} END,
    10, :now, CASE WHEN i % 100 < 70 THEN 0 ELSE 1 END, 0, 0
FROM number
    CROSS JOIN message ON message.id = (i - 1) / :recipients + 1
    CROSS JOIN address ON address.id = {_ADDRESS}
    CROSS JOIN deferred AS reply ON reply.id = 1 + {_WHAT} % {_D}
"""
)
_LOG = (
    _NUMBERS
    + f"""
INSERT INTO journal (id, message_id, recipient, subject, attempt_at, status, reason)
SELECT i, message.id, address.text, message.subject,
    strftime('%Y-%m-%dT%H:%M:%f+00:00',
        :epoch + (i - :last) * ({_YEAR} / :last) - {_WHEN} % {_JITTER} / 1000.0, 'unixepoch'),
    CASE WHEN i % 20 = 0 THEN 'FAIL' ELSE 'SUCCESS' END,
    CASE WHEN i % 20 = 0 THEN (SELECT {_SAID} FROM refused AS reply WHERE id = 1 + {_WHAT} % {_R})
        ELSE (SELECT {_SAID} FROM accepted AS reply WHERE id = 1 + {_WHAT} % {_A}) END
FROM number
    CROSS JOIN message ON message.id = (i - 1) / :recipients + 1
    CROSS JOIN address ON address.id = {_ADDRESS}
"""
)
_ATTEMPTS = """
INSERT INTO attempt (email_id, queue_id, number, provider_id, provider_caption, owner, epoch,
    started_at, finished_at, point_of_no_return_at, stage, outcome, reason, reply_code,
    enhanced_code, reply_text, possible_duplicate)
SELECT id, id, 1, NULL, 'Generated', 'generator', 1, attempt_at, attempt_at,
    CASE WHEN status = 'SUCCESS' THEN attempt_at END,
    CASE WHEN status = 'SUCCESS' THEN 'end of data' ELSE 'RCPT TO' END,
    CASE WHEN status = 'SUCCESS' THEN 'accepted' ELSE 'failed' END,
    reason, CASE WHEN status = 'SUCCESS' THEN 250 ELSE 550 END,
    CASE WHEN status = 'SUCCESS' THEN '2.0.0' ELSE '5.1.1' END, reason, 0
FROM journal
"""


def generate(path: Path, *, queue: int = 0, log: int = 0) -> None:
    """Put `log` rows into the Log and `queue` rows into the queue of a database without mail.

    Creates the database if there is none; providers stay as they are.
    """
    Store.open(path, standard_drivers()).close()
    now = datetime.now(UTC)
    addresses = max(20, (queue + log) // ROWS_PER_ADDRESS)
    given: dict[str, str | float] = {
        "now": to_text(now),
        "epoch": now.timestamp(),
        "recipients": RECIPIENTS,
        "addresses": addresses,
    }
    connection = apsw.Connection(str(path))
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN EXCLUSIVE")
        _fill_lists(connection, addresses)
        _add_messages(connection, -(-(queue + log) // RECIPIENTS), now)
        if log:
            # At the end the indexes are made in half the time.
            indexes = list(connection.execute(_INDEXES))
            for name, _sql in indexes:
                connection.execute(f"DROP INDEX {name}")
            connection.execute(_LOG, given | {"first": 1, "last": log})
            for _name, sql in indexes:
                connection.execute(sql)
            connection.execute(_ATTEMPTS)
            # An email has one ID in queue and Log: those of the Log are never given again.
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'queue'")
            connection.execute("INSERT INTO sqlite_sequence VALUES ('queue', ?)", (log,))
        if queue:
            connection.execute(_QUEUE, given | {"first": log + 1, "last": log + queue})
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = wal")
    finally:
        connection.close()


def address(number: int) -> str:
    """The address of this number, from 1."""
    first, last = wording.FIRST_NAMES, wording.LAST_NAMES
    name = f"{first[number % len(first)]}.{last[number // 7 % len(last)]}"
    return f"{name}{number}@{wording.DOMAINS[number * 31 % len(wording.DOMAINS)]}"


def _fill_lists(connection: apsw.Connection, addresses: int) -> None:
    connection.execute(_TABLES)
    connection.executemany(
        "INSERT INTO address (text) VALUES (?)", ((address(i),) for i in range(1, addresses + 1))
    )
    lists: dict[str, Sequence[str]] = {
        "accepted": wording.ACCEPTED,
        "refused": wording.REFUSED,
        "deferred": wording.DEFERRED,
    }
    for table, texts in lists.items():
        combined = ((text.replace("{host}", host),) for host, text in product(wording.HOSTS, texts))
        connection.executemany(f"INSERT INTO {table} (text) VALUES (?)", combined)


def _add_messages(connection: apsw.Connection, count: int, now: datetime) -> None:
    created = to_text(now)
    for number, subject in enumerate(wording.subjects(count), 1):
        content = content_of(number, subject)
        digest = hashlib.sha256(content).hexdigest()
        message_id = f"<{number}@alder-bakery.example>"
        values = (number, digest, len(content), message_id, subject, _SENDER, created)
        connection.execute(_MESSAGE, values)
        connection.execute(_BYTES, (number, content))


def content_of(number: int, subject: str) -> bytes:
    """The bytes of the generated message of this number."""
    head = wording.header_text(subject)
    return _CONTENT.format(sender=_SENDER, subject=head, number=number, text=_TEXT).encode()


def main() -> None:
    """Generate a database file."""
    parser = argparse.ArgumentParser(prog="generate", description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--queue", type=int, default=1_000_000)
    parser.add_argument("--log", type=int, default=0)
    options = parser.parse_args()
    began = time.perf_counter()
    generate(options.file, queue=options.queue, log=options.log)
    seconds = time.perf_counter() - began
    megabytes = options.file.stat().st_size / 1e6
    print(f"{options.queue:,} + {options.log:,} rows, {megabytes:,.0f} MB in {seconds:.1f} s")


if __name__ == "__main__":
    main()
