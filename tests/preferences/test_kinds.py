"""How values of each kind are typed, shown and believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.errors import InvalidInput
from mailadmin.preferences.kinds import Duration, Durations, Range, Share, YesNo

SHARE = Share(Range(0.0, 0.5, "From 0 % to 50 %."))
DURATION = Duration(Range(60.0, 3600.0, "From a minute to an hour."))
DURATIONS = Durations(Range(60.0, 3600.0, "From a minute to an hour."))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("no", False),
        (" ON ", True),
        ("off", False),
        ("True", True),
        ("FALSE", False),
    ],
)
def test_a_switch_is_typed_in_the_usual_words(text: str, value: bool) -> None:
    assert YesNo().parse(text, "key") is value


@pytest.mark.parametrize("text", ["", "1", "y", "maybe", "yes no"])
def test_another_word_is_no_switch(text: str) -> None:
    with pytest.raises(InvalidInput, match="neither yes nor no") as raised:
        YesNo().parse(text, "key")
    assert raised.value.field == "key"


@pytest.mark.parametrize("stored", [0, 1, "true", None, []])
def test_only_true_and_false_are_believed_of_a_switch(stored: object) -> None:
    with pytest.raises(TypeError):
        YesNo().from_json(stored)


@pytest.mark.parametrize(
    ("text", "value"), [("20%", 0.2), (" 20 % ", 0.2), ("0", 0.0), ("50", 0.5)]
)
def test_a_share_is_typed_in_per_cents(text: str, value: float) -> None:
    assert SHARE.parse(text, "key") == value


@pytest.mark.parametrize("text", ["", "%", "51%", "-1", "0.2", "20%%", "1e1", "a fifth"])
def test_what_is_no_share_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(InvalidInput, match="From 0 % to 50 %") as raised:
        SHARE.parse(text, "key")
    assert raised.value.field == "key"


@given(st.integers(0, 50))
def test_a_share_is_read_as_it_is_shown(per_cent: int) -> None:
    assert SHARE.parse(SHARE.show(per_cent / 100), "key") == per_cent / 100


@pytest.mark.parametrize("text", ["59s", "1h1s", "0s"])
def test_a_duration_out_of_range_is_refused_alone_and_among_others(text: str) -> None:
    with pytest.raises(InvalidInput, match="From a minute to an hour"):
        DURATION.parse(text, "key")
    with pytest.raises(InvalidInput, match="From a minute to an hour"):
        DURATIONS.parse(f"5m {text}", "key")


@given(st.lists(st.integers(60, 3600), max_size=10))
def test_durations_are_read_as_they_are_shown(seconds: list[int]) -> None:
    value = tuple(map(float, seconds))
    assert DURATIONS.parse(DURATIONS.show(value), "key") == value
