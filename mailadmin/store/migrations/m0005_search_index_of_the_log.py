"""An index for finding any piece of text in the Log, and addresses in any case.

The index is filled later, a little at a time (`log_search.py`): a log row only notes that its text
is to be indexed, which costs the sender next to nothing. Rows written before this migration wait in
the same list.
"""

from __future__ import annotations

import peewee

# Trigrams find substrings in every script. Without their places in the text (detail) the index is
# less than half as large; what it finds is compared with the rows anyway. It keeps no text of its
# own. Merging rarely and in large pieces halves the cost of filling it.
STATEMENTS = """
DROP INDEX journal_recipient;
CREATE INDEX journal_recipient ON journal (recipient COLLATE NOCASE, id);
CREATE VIRTUAL TABLE log_search USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = 'trigram', detail = 'none'
);
INSERT INTO log_search (log_search, rank) VALUES ('hashsize', 16777216);
INSERT INTO log_search (log_search, rank) VALUES ('automerge', 16);
INSERT INTO log_search (log_search, rank) VALUES ('crisismerge', 64);
CREATE TABLE log_search_waiting (id INTEGER NOT NULL PRIMARY KEY);
INSERT INTO log_search_waiting SELECT id FROM journal
"""

# Not INSERT OR IGNORE: the conflict clause of the statement that fires the trigger would win.
_WAIT = """INSERT INTO log_search_waiting
        SELECT {id} WHERE NOT EXISTS (SELECT 1 FROM log_search_waiting WHERE id = {id})"""

TRIGGERS = (
    f"""CREATE TRIGGER log_search_added AFTER INSERT ON journal
    BEGIN {_WAIT.format(id="NEW.id")};
    END""",
    f"""CREATE TRIGGER log_search_changed AFTER UPDATE OF recipient, subject, reason ON journal
    WHEN NEW.reason <> OLD.reason OR NEW.subject <> OLD.subject OR NEW.recipient <> OLD.recipient
    BEGIN {_WAIT.format(id="NEW.id")};
    END""",
    f"""CREATE TRIGGER log_search_removed AFTER DELETE ON journal
    BEGIN {_WAIT.format(id="OLD.id")};
    END""",
)


def up(database: peewee.Database) -> None:
    """Make the index, empty, and the list of what is to be put into it."""
    for statement in (*STATEMENTS.split(";"), *TRIGGERS):
        database.execute_sql(statement)
