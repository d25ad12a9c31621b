"""The settings of a provider belong to its driver: one text of JSON, beside what tables show."""

from __future__ import annotations

import peewee

# SQLite can't take NOT NULL off a column, so the table is made anew; its rows keep their IDs, and
# no ID is given out twice. Until then SMTP was the only driver.
STATEMENTS = """
CREATE TABLE provider_of_driver (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    caption TEXT NOT NULL,
    driver TEXT NOT NULL,
    settings TEXT NOT NULL,
    host TEXT,
    port INTEGER,
    username TEXT,
    encryption TEXT,
    send_from TEXT NOT NULL,
    send_from_name TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    max_connections INTEGER NOT NULL,
    messages_per_connection INTEGER NOT NULL,
    limit_per_second INTEGER,
    limit_per_minute INTEGER,
    limit_per_hour INTEGER,
    limit_per_day INTEGER,
    pause_reason TEXT,
    paused_at TEXT
);
INSERT INTO provider_of_driver
    SELECT id, uid, caption, driver,
        json_object('host', host, 'port', port, 'username', username, 'encryption', encryption,
            'ca_file', ca_file, 'trusted_fingerprint', trusted_fingerprint),
        host, port, username, encryption, send_from, send_from_name, enabled, priority, weight,
        max_connections, messages_per_connection, limit_per_second, limit_per_minute,
        limit_per_hour, limit_per_day, pause_reason, paused_at
    FROM provider ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'provider_of_driver';
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'provider_of_driver', seq FROM sqlite_sequence WHERE name = 'provider';
DROP TABLE provider;
ALTER TABLE provider_of_driver RENAME TO provider
"""


def up(database: peewee.Database) -> None:
    """Move what is SMTP's into the settings; passwords are under the same uids."""
    for statement in STATEMENTS.split(";"):
        database.execute_sql(statement)
