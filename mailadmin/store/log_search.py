"""The index by which any piece of text in the Log is found.

Log rows note that they wait to be indexed (triggers of the schema); `catch_up` indexes a few of
them at a time, apart from the transactions that send mail. What still waits is searched row by row,
so that a search always finds what is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailadmin.core.domain import LogStatus
from mailadmin.core.errors import StorageCorrupt
from mailadmin.store.database import Database
from mailadmin.store.table_statements import Condition
from mailadmin.store.text_patterns import has_other_letters, trigrams

BATCH = 1000  # rows indexed in one transaction: some 20 ms of the write lock
# So many rows found by the index are looked at one by one; of more it is quicker to read the whole
# Log, the more so when only its first rows are wanted, which come soon then.
FEW = 20_000
MANY = 100_000
MOST = 500_000  # for letters that take long to compare

# Email that is being sent is indexed when its reason is known.
_TAKE = f"""
    CREATE TEMP TABLE IF NOT EXISTS log_search_batch (id INTEGER NOT NULL PRIMARY KEY);
    DELETE FROM temp.log_search_batch;
    INSERT INTO temp.log_search_batch
        SELECT waiting.id FROM log_search_waiting AS waiting
            LEFT JOIN journal ON journal.id = waiting.id
        WHERE journal.status IS NOT '{LogStatus.IN_PROGRESS.value}'
        ORDER BY waiting.id LIMIT :limit"""  # noqa: S608
_FORGET = """
    DELETE FROM log_search WHERE rowid IN (
        SELECT id FROM temp.log_search_batch WHERE id NOT IN (SELECT id FROM journal))"""
_INDEX = """
    INSERT OR REPLACE INTO log_search (rowid, text)
        SELECT journal.id,
            journal.recipient || char(10) || journal.subject || char(10) || journal.reason
        FROM temp.log_search_batch AS batch CROSS JOIN journal ON journal.id = batch.id"""
_DONE = "DELETE FROM log_search_waiting WHERE id IN (SELECT id FROM temp.log_search_batch)"
_TAKEN = "SELECT count(*) FROM temp.log_search_batch"

_FOUND = "SELECT count(*) FROM (SELECT 1 FROM log_search WHERE log_search MATCH ? LIMIT ?)"
_WAITING = "SELECT count(*) FROM (SELECT 1 FROM log_search_waiting LIMIT ?)"
_CANDIDATES = """
    SELECT rowid AS id FROM log_search WHERE log_search MATCH ?
    UNION SELECT id FROM log_search_waiting"""


class LogSearch:
    """Fills the index and asks it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def catch_up(self, limit: int = BATCH) -> int:
        """Index up to `limit` rows that wait; gives how many there were."""
        with self._database.write():
            for statement in _TAKE.split(";"):
                self._database.sql(statement, {"limit": limit} if ":limit" in statement else ())
            (taken,) = self._database.sql(_TAKEN)[0]
            if taken:
                for statement in (_FORGET, _INDEX, _DONE):
                    self._database.sql(statement)
        return int(taken)

    def candidates(self, texts: Sequence[str], *, first_rows: bool) -> Condition | None:
        """Rows that may hold all of `texts`, as a select of their IDs; see `Narrow`.

        None if the index is no help: the texts are too short, or so common that to compare every
        row of the Log is quicker.
        """
        common = FEW if first_rows else MOST if any(map(has_other_letters, texts)) else MANY
        pieces = [piece for text in texts if (piece := trigrams(text)) is not None]
        if not pieces:
            return None
        match = " AND ".join(pieces)
        try:
            return self._narrowed(match, common)
        except StorageCorrupt:  # of the index perhaps alone: then the Log itself can be read
            return None

    def _narrowed(self, match: str, common: int) -> Condition | None:
        (waiting,) = self._database.sql(_WAITING, (common,))[0]
        if waiting == common:
            return None
        (found,) = self._database.sql(_FOUND, (match, common))[0]
        return None if found == common else Condition(_CANDIDATES, (match,))
