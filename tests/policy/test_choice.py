"""How providers of one priority share the mail."""

from __future__ import annotations

from collections import Counter

from mailadmin.policy import fair_turns

WEIGHTS = {1: 3, 2: 1}


def trickle(number: int, served: Counter[int], wanted: dict[int, int]) -> None:
    """One email after the other: whoever asks first gets it."""
    for _ in range(number):
        first, _amount = fair_turns(wanted, WEIGHTS, served)[0]
        served[first] += 1


def test_emails_that_come_one_by_one_are_shared_by_weight() -> None:
    served: Counter[int] = Counter()
    trickle(16, served, {1: 4, 2: 4})
    assert served == {1: 12, 2: 4}


def test_emails_that_come_together_are_shared_by_weight() -> None:
    assert dict(fair_turns({1: 8, 2: 8}, WEIGHTS, Counter())) == {1: 6, 2: 2}


def test_a_provider_without_room_leaves_its_turn_to_the_others() -> None:
    assert fair_turns({1: 0, 2: 8}, WEIGHTS, Counter()) == [(2, 8)]
    assert fair_turns({1: 0, 2: 0}, WEIGHTS, Counter()) == []


def test_a_provider_that_comes_back_does_not_get_everything() -> None:
    served = Counter({2: 1000})
    trickle(200, served, {1: 1, 2: 1})
    assert served[1] >= 60
    assert served[2] > 1000  # it had its share of the last of them


def test_a_provider_of_small_weight_gets_something() -> None:
    assert dict(fair_turns({1: 1, 2: 1}, {1: 1000, 2: 1}, Counter())) == {1: 1, 2: 1}
