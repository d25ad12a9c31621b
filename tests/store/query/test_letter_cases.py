"""Which letters are found by which: a sweep over all of Unicode, and what FTS5 makes of them."""

from __future__ import annotations

import sys
import time
from collections import defaultdict

import apsw
import pytest

from mailadmin.store.query import letter_cases, text_patterns
from mailadmin.store.query.letter_cases import STRAYS, cases

EVERY = [chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n < 0xE000]


def test_letters_of_one_case_folding_find_each_other() -> None:
    families = defaultdict(set)
    for character in EVERY:
        if character not in STRAYS:
            families[character.casefold()].add(character)
    for family in families.values():
        for character in family:
            assert set(cases(character)) == family


def test_odd_letters_find_the_usual_letter_and_are_not_found_by_it() -> None:
    for stray in STRAYS:
        others = set(cases(stray)) - {stray}
        assert len(others) == 2
        assert all(set(cases(other)) == others for other in others)


@pytest.mark.parametrize("family", ["σςΣ", "µμΜ", "ßẞ", "üÜ", "ǆǅǄ", "kK", "яЯ"])
def test_letters_of_a_family_are_cases_of_each_other(family: str) -> None:
    for letter in family:
        assert set(cases(letter)) == set(family)


def test_the_first_question_for_cases_takes_little_time() -> None:
    letter_cases._families.cache_clear()
    began = time.thread_time()
    cases("ü")
    assert time.thread_time() - began < 0.1


def test_the_index_finds_a_letter_by_each_of_its_cases() -> None:
    index = apsw.Connection(":memory:")
    index.execute("CREATE VIRTUAL TABLE f USING fts5 (t, tokenize = 'trigram', detail = 'none')")
    letters = [each for each in EVERY if len(cases(each)) > 1]
    asked = [each for each in letters if text_patterns._index_folds(each)]
    assert len(asked) > 1400
    index.executemany(
        "INSERT INTO f (rowid, t) VALUES (?, ?)", [(ord(each), f"1{each}2") for each in letters]
    )
    for letter in asked:
        (piece,) = text_patterns.trigrams(f"1{letter}2")
        rows = index.execute("SELECT rowid FROM f WHERE f MATCH ?", (f'"{piece}"',))
        assert {chr(row_id) for (row_id,) in rows} >= set(cases(letter)), letter


@pytest.mark.parametrize("text", ["Привет", "οδός", "Grüße", "Հայերեն", "請求書"])
def test_living_scripts_are_searched_by_the_index(text: str) -> None:
    assert len(text_patterns.trigrams(text)) == len(text) - 2
