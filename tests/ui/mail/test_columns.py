"""What the columns of the Queue and of the Log add to their cells."""

from __future__ import annotations

import pytest

from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from mailadmin.ui.mail.columns import log_columns, queue_columns
from mailadmin.ui.theme.icons import Icons
from tests.ui.stored_mail import add_provider, attempt


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("ann@example.org", "ann@example.org"),
        ("bob@straße.example", "bob@straße.example (bob@xn--strae-oqa.example)"),
        ("bob@xn--strae-oqa.example", "bob@xn--strae-oqa.example (bob@straße.example)"),
    ],
)
def test_the_tooltip_of_an_address_shows_both_its_forms(
    store: Store, icons: Icons, address: str, hint: str
) -> None:
    message = NewMessage(b"Subject: x\r\n\r\nx\r\n", (address,), "x", "<1@example.org>")
    store.queue.enqueue([message])
    query = TableQuery("id", False)
    (queued,) = store.queue.rows(store.queue.ids(query))
    (email,) = (column for column in queue_columns(icons) if column.key == "email")
    assert (email.display(queued), email.hint(queued)) == (address, hint)
    attempt(store, add_provider(store), OutcomeKind.ACCEPTED)
    (logged,) = store.log.rows(store.log.ids(query))
    (sent,) = (column for column in log_columns(icons) if column.key == "email")
    assert (sent.display(logged), sent.hint(logged)) == (address, hint)
