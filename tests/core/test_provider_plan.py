"""A file of providers against those stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailadmin.core.domain import Provider, ProviderPause
from mailadmin.core.provider_file import FileEntry, from_bytes, to_text
from mailadmin.core.provider_plan import Standing, plan_import

RELAY = Provider("Relay", "smtp.example.org", 587, "ann@example.org", id=1)
OTHER = Provider("Other", "mx.example.net", 587, "bob@example.net", id=2)


def entries(*providers: Provider) -> list[FileEntry]:
    return from_bytes(to_text(providers).encode())


def test_new_changed_same_and_faulty() -> None:
    changed = replace(RELAY, host="mx.example.org", weight=5)
    new = Provider("New", "mx2.example.net", 587, "cem@example.net")
    faulty = replace(new, host="", uid="x")
    plan = plan_import(entries(changed, OTHER, new, faulty), [RELAY, OTHER])
    standings = [each.standing for each in plan]
    assert standings == [Standing.CHANGED, Standing.SAME, Standing.NEW, Standing.FAULTY]
    assert plan[0].changes == ("host", "weight")
    assert plan[0].stored == RELAY


def test_a_pause_is_no_difference() -> None:
    paused = replace(RELAY, pause=ProviderPause("535", datetime(2026, 1, 1, tzinfo=UTC)))
    assert plan_import(entries(RELAY), [paused])[0].standing is Standing.SAME


def test_where_the_password_goes() -> None:
    with_password = replace(RELAY, username="ann")
    elsewhere, here = plan_import(
        entries(
            replace(with_password, host="mx.evil.example"), replace(OTHER, host="mx2.example.net")
        ),
        [with_password, OTHER],
    )
    assert elsewhere.password_goes_elsewhere
    assert not here.password_goes_elsewhere  # there is none
    (renamed,) = plan_import(entries(replace(with_password, caption="New")), [with_password])
    assert not renamed.password_goes_elsewhere


def test_captions_of_others() -> None:
    twin = replace(RELAY, uid="twin", caption="RELAY")
    same, double, again = plan_import(
        entries(RELAY, twin, replace(OTHER, uid="third", caption="relay")), [RELAY, OTHER]
    )
    assert not same.same_caption
    assert double.same_caption
    assert again.same_caption
