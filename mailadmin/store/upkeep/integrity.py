"""Whether a database is sound: SQLite's own check, every message's hash, and rows that need others.

Reads only, in bounded memory and short transactions, so that senders can go on meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import apsw

from mailadmin.domain.errors import KnownError
from mailadmin.domain.provider import UnknownSettings
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import Drivers
from mailadmin.place.location import Location
from mailadmin.store.base.failures import storage_errors
from mailadmin.store.base.fields import shown_columns, to_text
from mailadmin.store.base.reading import (
    Cancelled,
    Progress,
    go_on,
    open_to_read,
    page_count,
    pages_read,
    seldom,
    watched,
)
from mailadmin.store.upkeep.findings import ADVICE, CheckReport, Finding, FindingKind

_NAMED = 20  # IDs that a finding names; the rest is only counted
_PAGE = 50  # messages read in one transaction, so that none of them is long
_BLOCK = 1024 * 1024  # bytes of a message in memory at a time


@dataclass(slots=True)
class _Found:
    """Counts what is found of one kind, and keeps the first of it."""

    count: int = 0
    ids: list[int] = field(default_factory=list)
    details: dict[str, None] = field(default_factory=dict)

    def add(self, row_id: int | None = None, detail: str = "") -> None:
        self.count += 1
        if row_id is not None and len(self.ids) < _NAMED:
            self.ids.append(row_id)
        if detail and len(self.details) < 3:
            self.details[detail] = None


_REFERENCE_QUERIES: tuple[tuple[FindingKind, str], ...] = (
    (
        FindingKind.UNUSED_MESSAGE,
        "SELECT id FROM message WHERE NOT EXISTS"
        " (SELECT 1 FROM queue WHERE queue.message_id = message.id)"
        " AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.message_id = message.id)",
    ),
    (
        FindingKind.LOST_QUEUE_ID,
        "SELECT id FROM journal WHERE queue_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM queue"
        " WHERE queue.id = journal.queue_id AND coalesce(queue.resend_of, queue.id) = journal.id"
        " AND queue.deleted_at IS NULL)",
    ),
    (
        FindingKind.NEVER_DUE,
        "SELECT id FROM queue WHERE deleted_at IS NULL AND next_attempt_at IS NULL AND status IN"
        " ('QUEUED', 'DEFERRED', 'UNCERTAIN')",
    ),
    (
        FindingKind.DUE_UNASKED,
        "SELECT id FROM queue WHERE deleted_at IS NULL AND next_attempt_at IS NOT NULL AND status"
        " IN ('HELD', 'FAILED', 'IN PROGRESS')",
    ),
)


_COUNTS = """
    WITH found AS
        (SELECT status, count(*) AS number FROM queue WHERE deleted_at IS NULL GROUP BY status)
    SELECT coalesce(k.status, f.status), coalesce(k.number, 0), coalesce(f.number, 0)
    FROM queue_count AS k FULL JOIN found AS f ON f.status = k.status
    WHERE coalesce(k.number, 0) <> coalesce(f.number, 0)"""


def check(
    location: Location,
    progress: Progress = go_on,
    *,
    drivers: Drivers,
    is_gone: Callable[[str], bool] = lambda _: False,
    now: datetime | None = None,
) -> CheckReport:
    """Look at everything in the database and change nothing.

    `is_gone(owner)` tells whether the sender that holds a claim certainly runs no more; one whose
    lease ended counts as gone anyway. Raises the kinds of `StorageError` if it can't be read.
    """
    with storage_errors(location), closing(open_to_read(location.path)) as connection:
        return _Check(connection, progress, drivers, is_gone, now or datetime.now(UTC)).run()


class _Check:
    """One run over one database."""

    def __init__(
        self,
        connection: apsw.Connection,
        progress: Progress,
        drivers: Drivers,
        is_gone: Callable[[str], bool],
        now: datetime,
    ) -> None:
        self.connection = connection
        self.progress = seldom(progress)
        self.drivers = drivers
        self.is_gone = is_gone
        self.now = now
        self.found: dict[FindingKind, _Found] = {}
        self.messages = 0
        self.bytes = 0
        self.pages = page_count(connection)
        self.page_size = int(next(connection.execute("PRAGMA page_size"))[0])
        self.bytes_expected = 0

    def run(self) -> CheckReport:
        complete = True
        try:
            for step in (
                self._file,
                self._references,
                self._providers,
                self._claims,
                self._counts,
                self._messages,
            ):
                try:
                    step()
                except (apsw.CorruptError, apsw.NotADBError) as damage:
                    self._note(FindingKind.DAMAGED_FILE, detail=str(damage))
            self._report(self._total())
        except Cancelled:
            complete = False
        return CheckReport(
            tuple(self._finding(kind) for kind in FindingKind if kind in self.found),
            self.messages,
            self.bytes,
            self._schema_version(),
            complete,
        )

    def _note(self, kind: FindingKind, row_id: int | None = None, detail: str = "") -> None:
        self.found.setdefault(kind, _Found()).add(row_id, detail)

    def _total(self) -> int:
        """Pages of the file, and those that the messages' bytes would fill."""
        return self.pages + self.bytes_expected // self.page_size

    def _report(self, done: int) -> bool:
        total = self._total()
        return self.progress(min(done, total), total)

    def _rows(self, statement: str, bindings: tuple[object, ...] = ()) -> Iterator[tuple]:  # type: ignore[type-arg]
        """The rows of a query, looking at the progress meanwhile."""
        with watched(self.connection, lambda: self._report(self.pages)):
            yield from self.connection.execute(statement, bindings)

    def _file(self) -> None:
        """SQLite's own check of every page, index and constraint."""
        with watched(
            self.connection, lambda: self._report(min(pages_read(self.connection), self.pages))
        ):
            (self.bytes_expected,) = next(
                self.connection.execute("SELECT coalesce(sum(size), 0) FROM message")
            )
            for (line,) in self.connection.execute("PRAGMA integrity_check"):
                if line != "ok":
                    self._note(FindingKind.DAMAGED_FILE, detail=line)

    def _references(self) -> None:
        for table, row_id, parent, _ in self._rows("PRAGMA foreign_key_check"):
            if (table, parent) == ("attempt", "journal"):
                self._note(FindingKind.ATTEMPT_WITHOUT_EMAIL, row_id)
            else:
                self._note(FindingKind.BROKEN_REFERENCE, row_id, f"{table} → {parent}")
        for kind, query in _REFERENCE_QUERIES:
            for (row_id,) in self._rows(query):
                self._note(kind, row_id)

    def _providers(self) -> None:
        """What their drivers make of their settings, which older databases have otherwise."""
        has = "SELECT 1 FROM pragma_table_info('provider') WHERE name = 'settings'"
        if next(self._rows(has), None) is None:
            return
        query = "SELECT id, driver, settings, host, port, username, encryption FROM provider"
        for row_id, driver, text, *shown in self._rows(query):
            columns = shown_columns(*shown)
            settings = self.drivers.decode(driver, text, columns)
            if isinstance(settings, UnknownSettings):
                self._note(FindingKind.UNKNOWN_DRIVER, row_id, driver)
            elif settings.columns != columns:
                self._note(FindingKind.WRONG_COLUMNS, row_id)

    def _claims(self) -> None:
        """Claims of senders that run no more. Nobody is asked twice about one sender."""
        gone: dict[str | None, bool] = {None: True}
        held = "SELECT id, owner, lease_until FROM queue WHERE status = ? AND deleted_at IS NULL"
        for row_id, owner, until in self._rows(held, (QueueStatus.IN_PROGRESS.value,)):
            if owner not in gone:
                gone[owner] = self.is_gone(owner)
            if gone[owner] or until is None or until < to_text(self.now):
                self._note(FindingKind.ABANDONED_CLAIM, row_id)

    def _counts(self) -> None:
        """The numbers that are kept of the queue, which older databases don't have."""
        if next(self._rows("SELECT 1 FROM sqlite_schema WHERE name = 'queue_count'"), None) is None:
            return
        for status, kept, found in self._rows(_COUNTS):
            self._note(FindingKind.WRONG_COUNTS, detail=f"{status}: {kept}, rows: {found}")

    def _messages(self) -> None:
        """Every message's bytes against the hash and size that were stored with them."""
        last = 0
        while page := self._page_after(last):
            with self._transaction():
                for stored_id in page:
                    self._message(stored_id)
            last = page[-1]

    def _page_after(self, stored_id: int) -> list[int]:
        query = "SELECT id FROM message WHERE id > ? ORDER BY id LIMIT ?"
        return [row[0] for row in self._rows(query, (stored_id, _PAGE))]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """One read transaction, because messages may be removed while others are checked."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK")

    def _message(self, stored_id: int) -> None:
        row = self.connection.execute(
            "SELECT sha256, size, EXISTS (SELECT 1 FROM message_content WHERE message_id = id)"
            " FROM message WHERE id = ?",
            (stored_id,),
        ).fetchone()
        if row is None:
            return  # removed meanwhile
        sha256, size, has_content = row
        if not has_content:
            self._note(FindingKind.MISSING_CONTENT, stored_id)
            return
        digest = hashlib.sha256()
        length = 0
        try:
            for block in self._blocks(stored_id):
                digest.update(block)
                length += len(block)
                self.bytes += len(block)
                if not self._report(self.pages + self.bytes // self.page_size):
                    raise Cancelled
        except (apsw.CorruptError, apsw.SQLError):  # unreadable, or no longer bytes at all
            length = -1
        self.messages += 1
        if (digest.hexdigest(), length) != (sha256, size):
            self._note(FindingKind.DAMAGED_MESSAGE, stored_id)

    def _blocks(self, stored_id: int) -> Iterable[bytes]:
        with self.connection.blob_open(
            "main", "message_content", "content", stored_id, False
        ) as blob:
            while block := blob.read(_BLOCK):
                yield block

    def _finding(self, kind: FindingKind) -> Finding:
        found = self.found[kind]
        ids = ", ".join(map(str, found.ids)) + (", …" if found.count > len(found.ids) else "")
        problem = KnownError(
            ADVICE[kind],
            count=found.count,
            ids=ids,
            detail="; ".join(found.details),
            queued=self._queued(found.ids),
        )
        return Finding(kind, found.count, tuple(found.ids), problem)

    def _queued(self, message_ids: list[int]) -> str:
        """The rows of the queue that belong to these messages, in brackets; "" for none."""
        marks = ", ".join("?" * len(message_ids))
        query = f"SELECT id FROM queue WHERE deleted_at IS NULL AND message_id IN ({marks}) LIMIT ?"  # noqa: S608 - only question marks
        rows = self.connection.execute(query, (*message_ids, _NAMED)).fetchall()
        return f" (queue IDs {', '.join(str(row[0]) for row in rows)})" if rows else ""

    def _schema_version(self) -> int:
        return int(next(self.connection.execute("SELECT max(version) FROM schema_version"))[0] or 0)
