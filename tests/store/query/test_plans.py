"""What is done often follows an index to what it wants, however much else there is.

The plans are asked of SQLite itself: times differ from machine to machine.
"""

from __future__ import annotations

import re

import pytest

from mailadmin.store import Store, messages
from mailadmin.store.base.database import Bindings
from mailadmin.store.claims import health, limits, recording
from mailadmin.store.claims import statements as claim_statements
from mailadmin.store.log import log
from mailadmin.store.queue import bulk_statements as bulk
from mailadmin.store.queue import purging, queue
from mailadmin.store.queue import resolution as resolving
from mailadmin.tables.query import TableQuery, TextFilter

OFTEN = {
    "next priority": claim_statements.PRIORITY,
    "next priority, second rank": claim_statements.PRIORITY_INSTEAD,
    "candidates": claim_statements.CANDIDATES,
    "candidates, domains left alone": claim_statements.CANDIDATES_NOT_DOMAINS,
    "candidates, second rank": claim_statements.CANDIDATES_INSTEAD,
    "newest attempt": claim_statements.NEWEST_ATTEMPT,
    "log": claim_statements.LOG,
    "attempt": claim_statements.ATTEMPT,
    "take": claim_statements.TAKE,
    "pass": claim_statements.PASS,
    "return, log": claim_statements.RETURN_LOG,
    "return, attempt": claim_statements.RETURN_ATTEMPT,
    "return": claim_statements.RETURN,
    "renew": claim_statements.RENEW,
    "in flight": claim_statements.IN_FLIGHT,
    "abandoned": claim_statements.ABANDONED,
    "avoided": claim_statements.AVOIDED,
    "forget avoided": claim_statements.FORGET_AVOIDED,
    "postpone": claim_statements.POSTPONE,
    "next due": claim_statements.NEXT_DUE,
    "record, log": recording._LOG,
    "record, leaving": recording._LEAVE,
    "record, staying": recording._STAY,
    "record, history": recording._HISTORY,
    "limit, in flight": limits._OPEN,
    "limit, ended": limits._COUNT,
    "limit, oldest": limits._OLDEST,
    "sent today": health._SENT,
    "contents": messages._CONTENTS,
    "counts": queue._COUNTS,
    "resolve": resolving._FOUND,
    **{
        f"change: {change.kind} {number}": statement
        for change in (
            bulk.HOLD,
            bulk.RELEASE,
            bulk.SEND_NOW,
            bulk.DELETE,
            bulk.UNDELETE,
            bulk.RESEND,
        )
        for number, statement in enumerate((change.left, *change.statements))
        if "undo_step WHERE kind" not in statement  # a table with a row per change
    },
    **{f"undo {kind}": undo.back for kind, undo in bulk.UNDO.items()},
    **{
        f"undo {kind}, then {number}": statement
        for kind, undo in bulk.UNDO.items()
        for number, statement in enumerate(undo.then)
    },
    "undone": bulk.UNDONE,
    "not undone": bulk.NOT_UNDONE,
    "delivered": log._DELIVERED,
    "possible duplicates": queue._POSSIBLE_DUPLICATES,
    "purge, rows": purging._DELETED,
    "purge, messages": messages._REMOVE_UNUSED,
}

# Read as a whole: a batch or what was found for it, and tables with a row per status or provider.
FEW = (
    r"jsonb?_each|claimed|wanted|live|back|later|r|c|at|\(subquery-\d+\)|CONSTANT|was|gone|again|wanted"
    r"|queue_count|provider"
)


def plan(store: Store, statement: str) -> list[str]:
    """SQLite's plan, a line per step."""
    bindings = dict.fromkeys(re.findall(r":(\w+)", statement), 1)
    rows = store._database.sql(f"EXPLAIN QUERY PLAN {statement}", bindings)
    return [str(row[3]) for row in rows]


@pytest.mark.parametrize("name", OFTEN)
def test_no_statement_of_the_sender_reads_a_table_from_end_to_end(store: Store, name: str) -> None:
    steps = plan(store, OFTEN[name])
    for step in steps:
        scan = re.match(r"SCAN (\S+)", step)
        if scan is None or re.fullmatch(FEW, scan[1]):
            continue
        if scan[1] == "queue":  # all that was failed by a provider and waits for another
            assert "queue_avoiding" in step
            assert "avoided" in name
        else:
            assert f"CO-ROUTINE {scan[1]}" in steps


BULK = [name for name in OFTEN if name.startswith(("change", "undo"))]


@pytest.mark.parametrize("name", BULK)
def test_each_row_of_a_bulk_change_is_found_by_its_id(store: Store, name: str) -> None:
    for step in plan(store, OFTEN[name]):
        if re.match(r"SEARCH (queue|q|journal|j)\b", step):
            assert "INTEGER PRIMARY KEY (rowid=?)" in step or "queue_resend" in step


@pytest.mark.parametrize("name", ["candidates", "candidates, domains left alone"])
def test_due_mail_is_found_at_once_by_priority_and_time(store: Store, name: str) -> None:
    steps = "\n".join(plan(store, OFTEN[name]))
    for index in ("queue_new", "queue_retry", "queue_avoiding"):
        assert f"queue USING INDEX {index} (priority=? AND next_attempt_at" in steps
    assert "queue_bound (provider_id=? AND priority=? AND next_attempt_at" in steps
    assert "TEMP B-TREE" not in steps


def test_limits_and_todays_number_are_counted_in_an_index_alone(store: Store) -> None:
    covering = "COVERING INDEX attempt_accountable (provider_id=? AND finished_at"
    for name in ("limit, ended", "limit, oldest", "sent today"):
        assert covering in "".join(plan(store, OFTEN[name])), name


def test_email_in_flight_is_found_without_reading_what_waits(store: Store) -> None:
    for name in ("renew", "in flight", "abandoned", "limit, in flight"):
        assert "queue_status (status=?)" in plan(store, OFTEN[name])[0], name


def log_plan(store: Store, query: TableQuery) -> str:
    """The plan by which the Log is read for `query`."""
    reader = store.log._table
    source, values = reader._table.reading(query, reader._narrow)
    rows = store._database.sql(f"EXPLAIN QUERY PLAN SELECT journal.id FROM {source}", values)  # noqa: S608
    return "\n".join(str(row[3]) for row in rows)


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.org",
        "müller150@example.org",
        "øæå@straße.example",
        "иван@example.org",
    ],
)
def test_the_history_of_an_address_is_read_from_the_index_of_addresses(
    store: Store, address: str
) -> None:
    query = TableQuery("attempt_date").with_filter("email", TextFilter(f'="{address}"'))
    assert "COVERING INDEX journal_recipient (recipient=?)" in log_plan(store, query)


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("email", '="иван.васильевич@почта.рф"'),
        ("email", "^müller"),
        ("subject", "=invoice"),
        ("subject", "^Grüße"),
        ("reason", "mailbox full"),
    ],
)
def test_what_a_text_filter_finds_is_looked_up_in_the_search_index(
    store: Store, key: str, written: str
) -> None:
    steps = log_plan(store, TableQuery().with_filter(key, TextFilter(written)))
    assert "SCAN journal" not in steps
    assert "SEARCH journal USING INTEGER PRIMARY KEY" in steps


@pytest.mark.parametrize("key", ["subject", "reason", "status", "active_queue_id"])
def test_all_rows_are_sorted_by_the_sorter_and_not_in_a_tree(
    store: Store, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    sql = store._database.sql

    def noted(text: str, bindings: Bindings = ()) -> list[object]:
        asked.append(text)
        return sql(text, bindings)

    monkeypatch.setattr(store._database, "sql", noted)
    store.log.ids(TableQuery(key))
    codes = [row[1] for row in sql(f"EXPLAIN {asked[-1]}")]
    assert "SorterOpen" in codes
    assert "OpenEphemeral" not in codes
    assert "NOCASE" not in asked[-1]  # compared twice as slowly as plain text
