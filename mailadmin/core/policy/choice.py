"""Which of several providers of one priority gets how much mail."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider that can take mail now: up to `room` emails."""

    provider_id: int
    weight: int
    room: int


def share(
    candidates: Sequence[Candidate], amount: int, credit: MutableMapping[int, float]
) -> dict[int, int]:
    """Deal out `amount` emails by weight, as evenly mixed as can be; gives the number of each.

    Smooth weighted round robin: `credit` carries what each is owed from one call to the next. A
    provider without room is passed over, and its share goes to the others.
    """
    given = {candidate.provider_id: 0 for candidate in candidates}
    for _ in range(amount):
        able = [one for one in candidates if given[one.provider_id] < one.room]
        if not able:
            break
        for one in able:
            credit[one.provider_id] = credit.get(one.provider_id, 0.0) + one.weight
        chosen = max(able, key=lambda one: credit[one.provider_id])
        credit[chosen.provider_id] -= sum(one.weight for one in able)
        given[chosen.provider_id] += 1
    return given
