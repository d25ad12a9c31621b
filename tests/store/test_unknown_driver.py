"""A provider of a driver that this version doesn't have: a newer version's, or one taken out."""

from __future__ import annotations

from dataclasses import replace

import apsw

from mailadmin.domain.provider import Encryption, PublicColumns, StoredProvider, UnknownSettings
from mailadmin.store import Store
from mailadmin.tables.query import OneOf, TableQuery

SETTINGS = '{"tenant": "example.org",\n "shared": true}'


def of_another_version(store: Store, provider: StoredProvider) -> StoredProvider:
    with apsw.Connection(str(store.location.path)) as connection:
        connection.execute(
            "UPDATE provider SET driver = 'graph', settings = ?, host = 'graph.example',"
            " port = NULL WHERE id = ?",
            (SETTINGS, provider.id),
        )
    return store.providers.get(provider.id)


def row_of(store: Store, provider_id: int) -> tuple[object, ...]:
    query = "SELECT driver, settings, host, port, username, encryption FROM provider WHERE id = ?"
    connection = apsw.Connection(str(store.location.path))
    row: tuple[object, ...] = next(connection.execute(query, (provider_id,)))
    connection.close()
    return row


def test_it_is_read_with_what_is_shown_of_it(store: Store, provider: StoredProvider) -> None:
    found = of_another_version(store, provider)
    assert found.settings == UnknownSettings(
        "graph", SETTINGS, PublicColumns("graph.example", None, "", Encryption.TLS)
    )
    assert (found.driver, found.host, found.port) == ("graph", "graph.example", None)
    assert (found.caption, found.send_from) == (provider.caption, provider.send_from)
    assert store.providers.list() == [found]


def test_it_is_kept_as_it_is_when_something_else_changes(
    store: Store, provider: StoredProvider
) -> None:
    found = of_another_version(store, provider)
    before = row_of(store, found.id)
    store.providers.update(replace(found, caption="Another name"))
    assert store.providers.pause(found.id, "why")
    store.providers.set_enabled(found.id, True)
    assert row_of(store, found.id) == before
    assert store.providers.get(found.id).caption == "Another name"


def test_it_is_found_by_its_driver_and_can_be_deleted(
    store: Store, provider: StoredProvider
) -> None:
    found = of_another_version(store, provider)
    query = TableQuery("port", descending=False, filters=(("driver", OneOf(("graph",))),))
    assert store.providers.list(query) == [found]
    store.providers.remove(found.id)
    assert store.providers.list() == []
