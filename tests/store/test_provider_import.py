"""Providers of a file: all of them or none, and never twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailadmin.domain.errors import RuleViolation
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.topic import Topic
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from tests.smtp_providers import smtp_provider, with_changes

NEW = smtp_provider("New", "mx.example.net", 587, "bob@example.net", uid="new", limit_per_day=500)


def test_new_providers_are_added_and_known_ones_left(
    store: Store, provider: StoredProvider
) -> None:
    changed = replace(provider.without_id(), caption="Changed")
    result = store.providers.bring_in([changed, NEW])
    (added,) = result.added
    assert added == StoredProvider.of(NEW, added.id)
    assert result.left == (provider,)
    assert result.updated == ()
    assert store.providers.list() == [provider, added]


def test_known_providers_are_changed_on_request(store: Store, provider: StoredProvider) -> None:
    store.providers.pause(provider.id, "535")
    changed = with_changes(provider.without_id(), caption="Changed", port=2525)
    result = store.providers.bring_in([changed, NEW], update={provider.uid})
    expected = StoredProvider.of(changed, provider.id)
    assert result.updated == (expected,)
    assert store.providers.get(provider.id) == expected  # its pause ended


def test_a_second_import_changes_nothing(store: Store, provider: StoredProvider) -> None:
    update = {provider.uid, NEW.uid}
    store.providers.bring_in([NEW, with_changes(provider, port=2525)], update=update)
    before = store.providers.list()
    store.providers.pause(provider.id, "535")
    result = store.providers.bring_in([NEW, with_changes(provider, port=2525)], update=update)
    assert (result.added, result.updated) == ((), ())
    assert [replace(each, pause=None) for each in store.providers.list()] == before
    assert store.providers.get(provider.id).pause is not None  # nothing was changed


def test_one_provider_that_can_not_be_stored_keeps_all_out(
    store: Store, provider: StoredProvider
) -> None:
    """The last one can't be stored, here because none would be left enabled."""
    off = [replace(NEW, enabled=False), replace(provider, enabled=False)]
    with pytest.raises(RuleViolation, match="No provider would be enabled"):
        store.providers.bring_in(off, update={provider.uid})
    assert store.providers.list() == [provider]
    assert store.providers.bring_in(off).added  # the stored one stays enabled
    with pytest.raises(RuleViolation):
        store.providers.bring_in([replace(provider, enabled=False)], update={provider.uid})


def test_an_empty_database_needs_an_enabled_provider(store: Store) -> None:
    with pytest.raises(RuleViolation):
        store.providers.bring_in([replace(NEW, enabled=False)])
    assert store.providers.list() == []
    assert store.providers.bring_in([]).added == ()
    second = replace(NEW, uid="second", enabled=False)
    result = store.providers.bring_in([second, NEW])  # the order is no matter
    assert [each.id for each in result.added] == [
        each.id for each in store.providers.list(TableQuery("id", descending=False))
    ]


def test_subscribers_hear_of_an_import(store: Store) -> None:
    topics: list[Topic] = []
    store.subscribe(topics.append)
    store.providers.bring_in([NEW])
    assert Topic.PROVIDERS in topics
