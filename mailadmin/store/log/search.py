"""The index by which any piece of text in the Log is found.

Log rows note that they wait to be indexed (triggers of the schema); `catch_up` indexes a few of
them at a time, apart from the transactions that send mail. What still waits is searched row by row,
so that a search always finds what is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailadmin.domain.errors import StorageCorrupt
from mailadmin.domain.log import LogStatus
from mailadmin.store.base.database import Database
from mailadmin.store.query.statements import Condition
from mailadmin.store.query.text_patterns import has_other_letters, trigrams

BATCH = 1000  # rows indexed in one transaction: some 20 ms of the write lock
# Pages merged after a batch, at least, and rows indexed for a page: enough to keep up with the
# batches, and quicker than each of them.
PAGES, ROWS_PER_PAGE = 16, 16
# So many rows found by the index are looked at one by one; of more it is quicker to read the whole
# Log, the more so when only its first rows are wanted, which come soon then.
FEW = 20_000
MANY = 250_000
MOST = 500_000  # for letters that take long to compare
SAMPLES = 24  # pieces of the texts that are looked at, of which
RAREST = 4  # these are asked for together, but
ALIKE = 16  # none that is so many times as common as the rarest: it costs more than it leaves out
SAMPLE = 64  # rows

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
# Else FTS5 merges its parts whenever a batch has filled a level of them, and one batch in a hundred
# takes five times as long as the others.
_NOT_BY_ITSELF = (
    "INSERT INTO log_search (log_search, rank) VALUES ('automerge', 0)",
    "INSERT INTO log_search (log_search, rank) VALUES ('usermerge', 16)",
)
_BY_ITSELF = "SELECT count(*) FROM log_search_config WHERE k = 'automerge' AND v <> 0"
_MERGE = "INSERT INTO log_search (log_search, rank) VALUES ('merge', ?)"
_TAKEN = "SELECT count(*) FROM temp.log_search_batch"

# How many rows have a piece is told by how soon the first few of them follow each other: FTS5 keeps
# no count, and to go through all rows takes long for the pieces that nearly all of them have.
_SAMPLE = f"""
    SELECT count(*), min(rowid), max(rowid) FROM (
        SELECT rowid FROM log_search WHERE log_search MATCH ? LIMIT {SAMPLE})"""  # noqa: S608
_NEWEST = "SELECT max(id) FROM journal"
_FOUND = "SELECT count(*) FROM (SELECT 1 FROM log_search WHERE log_search MATCH ? LIMIT ?)"
_WAITING = "SELECT count(*) FROM (SELECT 1 FROM log_search_waiting LIMIT ?)"
_CANDIDATES = """
    SELECT rowid AS id FROM log_search WHERE log_search MATCH ?
    UNION SELECT id FROM log_search_waiting"""


class LogSearch:
    """Fills the index and asks it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_steps = False  # known to be

    def catch_up(self, limit: int = BATCH) -> int:
        """Index up to `limit` rows that wait; gives how many there were.

        Then a part of the index is merged, in a transaction of its own.
        """
        self._merge_by_steps()
        with self._database.write():
            for statement in _TAKE.split(";"):
                self._database.sql(statement, {"limit": limit} if ":limit" in statement else ())
            (taken,) = self._database.sql(_TAKEN)[0]
            if taken:
                for statement in (_FORGET, _INDEX, _DONE):
                    self._database.sql(statement)
        if taken:
            with self._database.write():
                self._database.sql(_MERGE, (max(PAGES, taken // ROWS_PER_PAGE),))
        return int(taken)

    def _merge_by_steps(self) -> None:
        """Turn off merging by FTS5 itself, so that `catch_up` alone merges; this is stored."""
        if self._by_steps:
            return
        if self._database.sql(_BY_ITSELF) != [(0,)]:
            with self._database.write():
                for statement in _NOT_BY_ITSELF:
                    self._database.sql(statement)
        self._by_steps = True

    def candidates(self, texts: Sequence[str], *, first_rows: bool) -> Condition | None:
        """Rows that may hold all of `texts`, as a select of their IDs; see `Narrow`.

        None if the index is no help: the texts are too short, or so common that to compare every
        row of the Log is quicker.
        """
        common = FEW if first_rows else MOST if any(map(has_other_letters, texts)) else MANY
        pieces = list(dict.fromkeys(piece for text in texts for piece in trigrams(text)))
        if not pieces:
            return None
        try:
            return self._narrowed(pieces, common)
        except StorageCorrupt:  # of the index perhaps alone: then the Log itself can be read
            return None

    def _narrowed(self, pieces: Sequence[str], common: int) -> Condition | None:
        (waiting,) = self._database.sql(_WAITING, (common,))[0]
        if waiting == common:
            return None
        match = " AND ".join(self._rarest(pieces))
        (found,) = self._database.sql(_FOUND, (match, common))[0]
        return None if found == common else Condition(_CANDIDATES, (match,))

    def _rarest(self, pieces: Sequence[str]) -> list[str]:
        """The few pieces that the fewest rows have, the rarest first, as FTS5 wants them.

        More pieces would exclude few further rows, and every row found is compared anyway.
        """
        newest = self._database.sql(_NEWEST)[0][0] or 0
        some = pieces[:: -(-len(pieces) // SAMPLES)]
        numbers = {quoted: self._number(quoted, newest) for quoted in map(_quoted, some)}
        rarest = sorted(numbers, key=numbers.__getitem__)[:RAREST]
        limit = ALIKE * max(numbers[rarest[0]], SAMPLE)
        return [piece for piece in rarest if numbers[piece] <= limit]

    def _number(self, match: str, newest: int) -> float:
        """An estimate of the rows found, from how densely the first ones lie."""
        found, first, last = self._database.sql(_SAMPLE, (match,))[0]
        if found < SAMPLE:
            return float(found)
        return float(found * max(newest - first, 1) / max(last - first, 1))


def _quoted(piece: str) -> str:
    return '"' + piece.replace('"', '""') + '"'
