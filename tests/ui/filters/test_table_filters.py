"""TableFilters: what is chosen, remembered, taken over from others, and renewed at midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from mailadmin.tables.choice import Chosen, fits
from mailadmin.tables.column import Column, Kind
from mailadmin.tables.date_presets import DatePreset, resolve
from mailadmin.tables.query import DateRange, NumberRange, OneOf, TableQuery, TextFilter
from mailadmin.ui.filters import table_filters
from mailadmin.ui.filters.saved_filters import from_setting, to_setting
from mailadmin.ui.filters.table_filters import TableFilters
from mailadmin.ui.filters.words import in_words
from mailadmin.ui.table.column import Look, ShownColumn
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.threads.background import Background
from tests.ui.fruit import FILTERED_COLUMNS, Fruit, FruitBasket


@pytest.fixture
def model(background: Background) -> TableModel[Fruit]:
    return TableModel(FILTERED_COLUMNS, FruitBasket(30), background, row_id=lambda each: each.id)


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: str) -> None:
        self.now = datetime.fromisoformat(now).astimezone()

    def __call__(self) -> datetime:
        return self.now


def test_choosing_filters_the_model(qtbot: QtBot, model: TableModel[Fruit]) -> None:
    filters = TableFilters(model)
    with qtbot.waitSignal(filters.changed):
        filters.choose("color", OneOf(("red",)))
    filters.choose("id", NumberRange(1, 5))
    assert model.query.filters == (("color", OneOf(("red",))), ("id", NumberRange(1, 5)))
    assert [column.key for column, _ in filters.active()] == ["id", "color"]
    with qtbot.assertNotEmitted(filters.changed):
        filters.choose("id", NumberRange(1, 5))
    filters.choose("id", None)
    assert filters.chosen("id") is None
    with qtbot.waitSignal(filters.wasReset):
        filters.reset()
    assert not model.filtered
    assert filters.active() == []


def test_another_query_replaces_all_filters(qtbot: QtBot, model: TableModel[Fruit]) -> None:
    filters = TableFilters(model)
    filters.choose("name", TextFilter("1"))
    query = TableQuery("weight", search="x", filters=(("color", OneOf(("blue",))),))
    with qtbot.waitSignal(filters.changed) as changed:
        filters.show_query(query)
    assert changed.args == [frozenset(("name", "color"))]
    assert [(column.key, chosen) for column, chosen in filters.active()] == [
        ("color", OneOf(("blue",)))
    ]
    filters.choose("id", NumberRange(1, 5))  # on top of that
    assert (model.query.sort, model.query.search) == ("weight", "x")
    assert model.query.filter_of("color") == OneOf(("blue",))


def test_filters_are_remembered(
    model: TableModel[Fruit], settings: QSettings, background: Background
) -> None:
    filters = TableFilters(model, settings, "fruitTable")
    filters.choose("name", TextFilter('=a "quoted", text\\'))
    filters.choose("color", OneOf(("red", "ripe")))
    filters.choose("id", NumberRange(7, None))
    filters.choose("eaten", DatePreset.LAST_30_DAYS)
    model.set_search("is not remembered")
    settings.sync()
    again = QSettings(settings.fileName(), settings.format())
    other: TableModel[Fruit] = TableModel(
        FILTERED_COLUMNS, FruitBasket(), background, row_id=lambda each: each.id
    )
    restored = TableFilters(other, again, "fruitTable")
    assert restored.active() == filters.active()
    assert other.query.search == ""
    assert other.query.filter_of("name") == TextFilter('=a "quoted", text\\')
    filters.reset()
    assert TableFilters(other, settings, "fruitTable").active() == []


@pytest.mark.parametrize(
    ("key", "saved"),
    [
        ("name", "nonsense"),
        ("name", "[" * 100_000),
        ("name", "null"),
        ("name", '{"text": 5}'),
        ("name", '{"text": "  "}'),
        ("name", '{"days": "today"}'),  # of another kind of column
        ("eaten", '{"days": "the day before"}'),
        ("eaten", '{"since": "2026-11-23", "until": null}'),  # in which time zone?
        ("eaten", '{"since": 5, "until": []}'),
        ("id", '{"least": true, "most": null}'),
        ("id", '{"least": "5", "most": null}'),
        ("id", '{"least": -5, "most": 1e300}'),
        ("id", f'{{"least": {2**64}, "most": null}}'),
        ("color", '{"values": ["mauve", 7, null]}'),
        ("color", '{"values": []}'),
        ("weight", '{"least": 5, "most": null}'),  # can't be filtered any more
        ("gone", '{"text": "x"}'),
        ("", ""),
    ],
)
def test_settings_that_make_no_sense_are_ignored(
    model: TableModel[Fruit], settings: QSettings, key: str, saved: str
) -> None:
    settings.setValue(f"tables/fruitTable/filters/{key}", saved)
    settings.setValue("tables/fruitTable/filters/color/deeper", [1, 2])
    filters = TableFilters(model, settings, "fruitTable")
    assert filters.active() == []
    assert not model.filtered


def test_values_nobody_knows_any_more_are_left_out(
    model: TableModel[Fruit], settings: QSettings
) -> None:
    settings.setValue("tables/fruitTable/filters/color", '{"values": ["mauve", "green"]}')
    assert TableFilters(model, settings, "fruitTable").chosen("color") == OneOf(("green",))


_MOMENT = some.datetimes(timezones=some.just(UTC))
_COLUMNS: dict[type, Column[object]] = {
    TextFilter: Column("text", "Text", Kind.TEXT),
    NumberRange: Column("number", "Number", Kind.NUMBER),
    DateRange: Column("date", "Date", Kind.DATE),
    DatePreset: Column("date", "Date", Kind.DATE),
    OneOf: Column("choice", "Choice", Kind.CHOICE),
}
_CHOSEN: some.SearchStrategy[Chosen] = some.one_of(
    some.builds(TextFilter, some.text()),
    some.builds(NumberRange, some.none() | some.integers(0, 2**62), some.none()),
    some.builds(DateRange, some.none() | _MOMENT, some.none() | _MOMENT),
    some.builds(OneOf, some.lists(some.text()).map(tuple)),
    some.sampled_from(DatePreset),
)


@given(_CHOSEN)
def test_what_is_saved_is_read_alike(chosen: Chosen) -> None:
    column = _COLUMNS[type(chosen)]
    expected = chosen if fits(column, chosen) else None
    assert from_setting(to_setting(chosen), column) == expected


@given(some.text() | some.none() | some.lists(some.text()) | some.integers())
def test_anything_may_stand_in_the_settings(setting: object) -> None:
    for column in (*_COLUMNS.values(), Column[object]("none", "None", filterable=False)):
        from_setting(setting, column)


def test_a_preset_is_renewed_when_the_day_is_over(qtbot: QtBot, model: TableModel[Fruit]) -> None:
    clock = Clock("2026-11-23T23:59:59.900")
    filters = TableFilters(model, now=clock)
    filters.choose("eaten", DatePreset.TODAY)
    assert model.query.filter_of("eaten") == resolve(DatePreset.TODAY, clock.now)
    # the timer is set for midnight, but the computer may have slept for days until then
    clock.now += timedelta(days=3)
    with qtbot.waitSignal(model.queryChanged):
        pass
    assert model.query.filter_of("eaten") == resolve(DatePreset.TODAY, clock.now)
    assert filters.chosen("eaten") is DatePreset.TODAY


def test_a_clock_that_was_set_is_noticed(
    qtbot: QtBot, model: TableModel[Fruit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_filters, "_LONGEST_WAIT", 20)
    clock = Clock("2026-11-23T12:00:00")
    filters = TableFilters(model, now=clock)
    filters.choose("eaten", DatePreset.YESTERDAY)
    with qtbot.assertNotEmitted(model.queryChanged, wait=100):
        pass
    clock.now -= timedelta(days=40)
    with qtbot.waitSignal(model.queryChanged):
        pass
    assert model.query.filter_of("eaten") == resolve(DatePreset.YESTERDAY, clock.now)


def test_a_search_after_midnight_leaves_a_preset_what_it_is(model: TableModel[Fruit]) -> None:
    clock = Clock("2026-11-23T12:00:00")
    filters = TableFilters(model, now=clock)
    filters.choose("eaten", DatePreset.TODAY)
    clock.now += timedelta(days=1)
    model.set_search("x")  # before the timer noticed
    assert filters.chosen("eaten") is DatePreset.TODAY


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (DatePreset.LAST_7_DAYS, "Last 7 days"),
        (TextFilter(" =two\nlines "), "=two lines"),
        (NumberRange(5, 5), "5"),
        (NumberRange(5, None), "≥ 5"),
        (NumberRange(None, 5), "≤ 5"),
        (OneOf(("red", "green")), "RED, GREEN"),
        (OneOf(("mauve",)), "mauve"),
    ],
)
def test_filters_in_words(chosen: Chosen, words: str) -> None:
    colors = ShownColumn[Fruit](
        "color", "Color", Kind.CHOICE, values=("red", "green"), look=Look(word=str.upper)
    )
    assert in_words(chosen, colors) == words
