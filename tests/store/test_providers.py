"""Providers: what is kept, and the rule that one stays enabled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailadmin.domain.errors import NotFound, RuleViolation
from mailadmin.domain.provider import Encryption, StoredProvider
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from tests.smtp_providers import smtp_provider


@pytest.fixture
def second(store: Store, provider: StoredProvider) -> StoredProvider:
    return store.providers.add(
        smtp_provider(
            "Backup",
            "127.0.0.1",
            2525,
            "b@example.org",
            username="u",
            encryption=Encryption.NONE,
            enabled=False,
            limit_per_day=500,
        )
    )


def test_a_provider_comes_back_as_it_was_stored(store: Store, second: StoredProvider) -> None:
    assert store.providers.get(second.id) == second


def test_changes_are_kept_and_the_uid_never_changes(store: Store, provider: StoredProvider) -> None:
    changed = store.providers.update(replace(provider, caption="New", uid="forged"))
    assert changed.uid == provider.uid
    assert store.providers.list() == [replace(provider, caption="New")]


def test_the_first_provider_must_be_enabled(store: Store) -> None:
    with pytest.raises(RuleViolation):
        store.providers.add(smtp_provider("Off", "h.example", 587, "a@b.org", enabled=False))
    assert store.providers.list() == []


def test_the_only_enabled_provider_can_not_be_disabled_or_deleted(
    store: Store, provider: StoredProvider, second: StoredProvider
) -> None:
    with pytest.raises(RuleViolation, match="only enabled"):
        store.providers.set_enabled(provider.id, False)
    with pytest.raises(RuleViolation, match="last enabled"):
        store.providers.remove(provider.id)
    assert store.providers.may_disable(provider) is not None
    assert store.providers.may_remove(provider) is not None
    assert store.providers.may_disable(second) is None
    store.providers.set_enabled(second.id, True)
    assert store.providers.may_remove(provider) is None
    store.providers.remove(provider.id)
    with pytest.raises(RuleViolation):
        store.providers.set_enabled(second.id, False)


def test_the_only_provider_can_be_deleted_but_not_disabled(
    store: Store, provider: StoredProvider
) -> None:
    with pytest.raises(RuleViolation):
        store.providers.set_enabled(provider.id, False)
    assert store.providers.remove(provider.id) == provider
    with pytest.raises(NotFound, match="deleted in another window"):
        store.providers.remove(provider.id)


def test_a_pause_is_kept_until_the_administrator_acts(
    store: Store, provider: StoredProvider
) -> None:
    assert store.providers.pause(provider.id, "535 refused")
    assert not store.providers.pause(provider.id, "again")
    paused = store.providers.get(provider.id)
    assert paused.pause is not None
    assert paused.pause.reason == "535 refused"
    assert store.providers.update(paused).pause is None
    store.providers.pause(provider.id, "535 refused")
    assert store.providers.resume(provider.id)
    assert not store.providers.resume(provider.id)


def test_providers_are_sorted_and_searched(
    store: Store, provider: StoredProvider, second: StoredProvider
) -> None:
    by_caption = TableQuery("caption", descending=False)
    assert [p.caption for p in store.providers.list(by_caption)] == ["Backup", "Relay"]
    assert [p.id for p in store.providers.list(TableQuery(search="SMTP.ex"))] == [provider.id]


def test_an_id_is_never_given_again(
    store: Store, provider: StoredProvider, second: StoredProvider
) -> None:
    store.providers.remove(second.id)
    third = store.providers.add(replace(second.without_id(), uid="third"))
    assert third.id == second.id + 1
