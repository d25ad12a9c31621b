"""Fills a database with a queue and a Log of any length, straight by SQL.

    python -m tests.benchmarks.rig.generate FILE [--queue N] [--log N]

The mix of an organisation's busy day: of 100 rows of the queue 70 are due and new, 5 due for
another attempt, 20 wait for one, 3 have failed and 2 are held; of 20 of the Log one has failed.
Ten recipients share a message of 1 KB.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw

from mailadmin.store import Store
from mailadmin.store.fields import to_text

RECIPIENTS = 10  # of each message
_CONTENT = b"Subject: Benchmark %d\r\nMessage-ID: <%d@example.org>\r\n\r\n" + b"x" * 900 + b"\r\n"

_NUMBERS = """
WITH RECURSIVE number(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM number WHERE i < :last)
"""
_MESSAGES = (
    _NUMBERS
    + """
INSERT INTO message (id, sha256, size, message_id, subject, header_from, created_at, source)
SELECT i, content_hash(i), length(content_of(i)), '<' || i || '@example.org>', 'Benchmark ' || i,
    'a@example.org', :now, 'generated'
FROM number
"""
)
_CONTENTS = (
    _NUMBERS
    + """
INSERT INTO message_content (message_id, content)
SELECT i, content_of(i)
FROM number
"""
)
_QUEUE = (
    _NUMBERS
    + """
INSERT INTO queue (id, message_id, recipient, subject, created_at, last_attempt_at,
    next_attempt_at, attempts_count, status, reason, priority, schedule_started_at, schedule_step,
    epoch, unknown_outcomes)
SELECT i, (i - 1) / :recipients + 1, 'user' || i || '@example.org',
    'Benchmark ' || ((i - 1) / :recipients + 1), :now,
    CASE WHEN i % 100 < 70 THEN NULL ELSE :now END,
    CASE WHEN i % 100 < 75 THEN :now WHEN i % 100 < 95 THEN :later END,
    CASE WHEN i % 100 < 70 THEN 0 ELSE 1 END,
    CASE WHEN i % 100 < 70 THEN 'QUEUED' WHEN i % 100 < 95 THEN 'DEFERRED'
        WHEN i % 100 < 98 THEN 'FAILED' ELSE 'HELD' END,
    CASE WHEN i % 100 < 70 THEN '' ELSE '450 4.2.1 Mailbox busy, try again later' END,
    10, :now, CASE WHEN i % 100 < 70 THEN 0 ELSE 1 END, 0, 0
FROM number
"""
)
_LOG = (
    _NUMBERS
    + """
INSERT INTO journal (id, message_id, recipient, subject, attempt_at, status, reason)
SELECT i, (i - 1) / :recipients + 1, 'user' || i || '@example.org',
    'Benchmark ' || ((i - 1) / :recipients + 1),
    strftime('%Y-%m-%dT%H:%M:%S.000+00:00', :now, (i - :last) || ' seconds'),
    CASE WHEN i % 20 = 0 THEN 'FAIL' ELSE 'SUCCESS' END,
    CASE WHEN i % 20 = 0 THEN '550 5.1.1 No such user here' ELSE '250 2.0.0 Ok: queued' END
FROM number
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


def content_of(*message: object) -> bytes:
    """The bytes of the generated message of this number."""
    return _CONTENT % (message * 2)


def content_hash(*message: object) -> str:
    """Their SHA-256, as the store writes it."""
    return hashlib.sha256(content_of(*message)).hexdigest()


def generate(path: Path, *, queue: int = 0, log: int = 0) -> None:
    """Put `log` rows into the Log and `queue` rows into the queue of a database without mail.

    Creates the database if there is none; providers stay as they are.
    """
    Store.open(path).close()
    now = datetime.now(UTC)
    given = {"now": to_text(now), "later": to_text(now + timedelta(hours=1))}
    given_all: dict[str, str | int] = {**given, "recipients": RECIPIENTS, "first": 1}
    connection = apsw.Connection(str(path))
    try:
        connection.create_scalar_function("content_of", content_of, 1, deterministic=True)
        connection.create_scalar_function("content_hash", content_hash, 1, deterministic=True)
        for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -200000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN EXCLUSIVE")
        messages = -(-(queue + log) // RECIPIENTS)
        if messages:
            connection.execute(_MESSAGES, given_all | {"last": messages})
            connection.execute(_CONTENTS, given_all | {"last": messages})
        if log:
            connection.execute(_LOG, given_all | {"last": log})
            connection.execute(_ATTEMPTS)
            # An email has one ID in queue and Log: those of the Log are never given again.
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'queue'")
            connection.execute("INSERT INTO sqlite_sequence VALUES ('queue', ?)", (log,))
        if queue:
            connection.execute(_QUEUE, given_all | {"first": log + 1, "last": log + queue})
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = wal")
    finally:
        connection.close()


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
