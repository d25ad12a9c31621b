"""Fewer cases instead of all of them: what is still among them."""

from __future__ import annotations

from itertools import combinations, product

from tests.faults.variants import all_pairs


def test_all_pairs_holds_every_pair_of_values() -> None:
    possible = [case for case in product("abcdef", range(8), "xyz") if case[:2] != ("a", 7)]
    chosen = all_pairs(possible)
    assert set(chosen) <= set(possible)
    assert len(chosen) < len(possible) / 2
    for first, second in combinations(range(3), 2):
        assert {(case[first], case[second]) for case in chosen} == {
            (case[first], case[second]) for case in possible
        }
