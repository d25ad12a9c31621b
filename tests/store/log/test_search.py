"""How the Log's search index is filled and asked; what it finds is in `query/test_reader.py`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.store.log import search as log_search
from mailadmin.tables.query import TableQuery

ROWS = 3000
_ROW = """
    INSERT INTO journal (id, message_id, recipient, subject, attempt_at, status, reason)
    VALUES (?, 1, ?, ?, '2026-01-01T00:00:00.000+00:00', 'SUCCESS', ?)"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A Log whose rows have most of their text in common, filled in many small batches."""
    opened = Store.open(tmp_path_factory.mktemp("search") / "mail.db", standard_drivers())
    database = opened._database
    with database.write():
        database.sql(
            "INSERT INTO message (id, sha256, size, message_id, subject, header_from, created_at,"
            " source) VALUES (1, '', 1, '', '', '', '', '')"
        )
        for number in range(1, ROWS + 1):
            subject = "Grüße ΟΔΟΣ" if number == 77 else "Your invoice"
            text = (f"a{number}@example.org", subject, f"250 queued as {number:06d}")
            database.sql(_ROW, (number, *text))
    while opened.log.search.catch_up(60):
        pass
    yield opened
    opened.close()


def found(store: Store, search: str) -> list[int]:
    return list(store.log.ids(TableQuery("id", descending=False, search=search)))


def test_the_index_is_asked_for_the_rare_end_of_a_common_text(store: Store) -> None:
    condition = store.log.search.candidates(["250 queued as 002345"], first_rows=True)
    assert condition is not None
    (match,) = condition.values
    assert '"que"' not in match
    assert len(store._database.sql(condition.sql, condition.values)) < 30
    assert found(store, "250 queued as 002345") == [2345]


def test_the_index_is_not_asked_for_pieces_that_all_rows_have(store: Store) -> None:
    condition = store.log.search.candidates(["example.org", "Grü"], first_rows=False)
    assert condition is not None
    assert condition.values == ('"Grü"',)


def test_the_index_is_asked_for_a_few_pieces_at_most(store: Store) -> None:
    condition = store.log.search.candidates(["Your invoice"], first_rows=True)
    assert condition is not None
    assert condition.values[0].count(" AND ") == log_search.RAREST - 1


@pytest.mark.parametrize("needle", ["οδος", "ΟΔΟΣ", "οδοσ", "GRÜẞE", "grüße"])
def test_every_case_of_a_letter_finds_every_other(store: Store, needle: str) -> None:
    assert found(store, needle) == [77]


def test_a_text_that_no_row_has_finds_no_row(store: Store) -> None:
    assert found(store, "invoice nowhere") == []
    assert found(store, "queued as 9") == []


def test_the_index_is_merged_in_steps_and_not_within_a_batch(store: Store) -> None:
    sql = store._database.sql
    config = dict(sql("SELECT k, v FROM log_search_config"))
    assert config["automerge"] == 0
    assert config["crisismerge"] == 64
    (parts,) = sql("SELECT count(DISTINCT segid) FROM log_search_idx")[0]
    assert parts < 20  # of 50 batches
