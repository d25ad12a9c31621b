"""Text filters are understood as people write them."""

from __future__ import annotations

import pytest

from mailadmin.tables import query
from mailadmin.tables.query import Match, TextFilter, Wanted, finds_everything


@pytest.mark.parametrize(
    ("written", "match", "text"),
    [
        ("word", Match.CONTAINS, "word"),
        ("  two words ", Match.CONTAINS, "two words"),
        ("=word", Match.IS, "word"),
        ("= word", Match.IS, "word"),
        ("=", Match.IS, ""),
        ("^word", Match.BEGINS, "word"),
        ("! word", Match.LACKS, "word"),
        ('"=word"', Match.CONTAINS, "=word"),
        ('="!"', Match.IS, "!"),
        ('"', Match.CONTAINS, '"'),
        ("a\0b", Match.CONTAINS, "ab"),
    ],
)
def test_a_text_filter_says_what_to_look_for(written: str, match: Match, text: str) -> None:
    assert TextFilter(written).wanted == Wanted(match, text)


@pytest.mark.parametrize("written", ["", "  ", "!", "^", " ! ", '""'])
def test_a_text_filter_without_a_text_finds_every_row(written: str) -> None:
    assert TextFilter(written).wanted is None
    assert finds_everything(TextFilter(written))


def test_a_text_filter_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = TextFilter("^word")
    monkeypatch.delattr(query, "_understood")
    assert not finds_everything(chosen)
    assert chosen.wanted == Wanted(Match.BEGINS, "word")
