"""What file a message was read from, so that importing it again can be told."""

from __future__ import annotations

import peewee

STATEMENTS = """
ALTER TABLE message ADD COLUMN origin TEXT NOT NULL DEFAULT '';
CREATE INDEX message_origin ON message (origin) WHERE origin <> '';
"""


def up(database: peewee.Database) -> None:
    """Add it; of mail that is there already it is not known."""
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            database.execute_sql(statement)
