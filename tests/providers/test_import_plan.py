"""A file of providers is compared with the stored providers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailadmin.domain.provider import Provider, ProviderPause, StoredProvider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.providers.import_plan import EntryState, plan_import, under_own_uids
from mailadmin.providers.provider_file import FileEntry, from_bytes, to_text
from tests.smtp_providers import smtp_provider, stored_provider, with_changes

DRIVERS = standard_drivers()

RELAY = stored_provider("Relay", "smtp.example.org", 587, "ann@example.org", id=1)
OTHER = stored_provider("Other", "mx.example.net", 587, "bob@example.net", id=2)


def entries(*providers: Provider) -> list[FileEntry]:
    return from_bytes(to_text(providers).encode(), DRIVERS)


def test_each_provider_of_a_file_is_new_changed_same_or_faulty() -> None:
    changed = with_changes(RELAY, host="mx.example.org", weight=5)
    new = smtp_provider("New", "mx2.example.net", 587, "cem@example.net")
    faulty = with_changes(new, host="", uid="x")
    plan = plan_import(entries(changed, OTHER, new, faulty), [RELAY, OTHER], DRIVERS)
    states = [each.state for each in plan]
    assert states == [EntryState.CHANGED, EntryState.SAME, EntryState.NEW, EntryState.FAULTY]
    assert plan[0].changes == ("host", "weight")
    assert plan[0].stored == RELAY


def test_a_paused_provider_is_the_same_as_in_the_file() -> None:
    paused = replace(RELAY, pause=ProviderPause("535", datetime(2026, 1, 1, tzinfo=UTC)))
    assert plan_import(entries(RELAY), [paused], DRIVERS)[0].state is EntryState.SAME


def test_a_changed_host_of_a_provider_with_password_is_a_warning() -> None:
    with_password = with_changes(RELAY, username="ann")
    elsewhere, here = plan_import(
        entries(
            with_changes(with_password, host="mx.evil.example"),
            with_changes(OTHER, host="mx2.example.net"),
        ),
        [with_password, OTHER],
        DRIVERS,
    )
    assert elsewhere.password_goes_elsewhere
    assert elsewhere.changes_of_place == ("host",)
    assert not here.password_goes_elsewhere  # it has no password
    (renamed,) = plan_import(
        entries(replace(with_password, caption="New")), [with_password], DRIVERS
    )
    assert not renamed.password_goes_elsewhere


def test_a_caption_that_another_provider_has_is_marked() -> None:
    twin = replace(RELAY, uid="twin", caption="RELAY")
    same, double, again = plan_import(
        entries(RELAY, twin, replace(OTHER, uid="third", caption="relay")), [RELAY, OTHER], DRIVERS
    )
    assert not same.same_caption
    assert double.same_caption
    assert again.same_caption


def own_uid(file: Provider, *stored: StoredProvider) -> str:
    (own,) = under_own_uids([file], stored)
    return own.uid


def test_a_new_provider_gets_a_uid_under_which_no_password_is_kept() -> None:
    """Another database of the same user may have the uid of the file, or one derived from it."""
    (plan,) = plan_import(entries(RELAY), [OTHER], DRIVERS)
    assert plan.state is EntryState.NEW
    assert plan.provider is not None
    assert plan.provider == replace(RELAY.without_id(), uid=plan.provider.uid)
    uids = {RELAY.uid, plan.provider.uid, own_uid(RELAY), own_uid(plan.provider)}
    assert len(uids) == 4


def test_a_provider_is_recognized_after_exports_through_several_databases() -> None:
    """It goes from one database to two others, from there to each other and back."""
    second = replace(RELAY, uid=own_uid(RELAY), id=5)
    third = replace(RELAY, uid=own_uid(second), id=6)
    for stored in (RELAY, second, third):
        for file in (RELAY, second, third):
            (plan,) = plan_import(entries(file), [OTHER, stored], DRIVERS)
            assert (plan.state, plan.stored, plan.changes) == (EntryState.SAME, stored, ())
            assert plan.provider == stored.without_id()
            assert own_uid(file, stored, OTHER) == stored.uid
        changed = with_changes(RELAY, username="ann", host="mx.example.org")
        (plan,) = plan_import(entries(changed), [stored], DRIVERS)
        assert plan.state is EntryState.CHANGED
        assert plan.changes == ("host", "username")
        assert plan.password_goes_elsewhere


def test_a_derived_uid_is_valid_in_a_file() -> None:
    uid = own_uid(replace(RELAY, uid="x" * 64))
    assert entries(replace(RELAY, uid=uid))[0].provider is not None


def test_two_providers_derived_from_one_uid_stay_two() -> None:
    """Only a file edited by hand has both; the provider with the very uid is matched first."""
    second = replace(RELAY, uid=own_uid(RELAY), id=5)
    third = replace(RELAY, uid=own_uid(RELAY), id=6)
    stored = [second, third, OTHER]
    assert [each.uid for each in under_own_uids([RELAY, second], stored)] == [third.uid, second.uid]
    assert [each.uid for each in under_own_uids([RELAY, third], stored)] == [second.uid, third.uid]
    first, again = plan_import(entries(RELAY, third), [second], DRIVERS)
    assert first.stored == second
    assert again.state is EntryState.NEW
    assert again.same_caption
