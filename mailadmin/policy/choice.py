"""Which of several providers of one priority gets how much mail."""

from __future__ import annotations

import math
from collections.abc import Mapping, MutableMapping

_MEMORY = 20
"""Turns by which one that was away may be behind: it is not sent everything when it comes back."""


def fair_turns(
    wanted: Mapping[int, int], weights: Mapping[int, int], served: MutableMapping[int, int]
) -> list[tuple[int, int]]:
    """In which order providers are to ask for mail, and for how much at most.

    `wanted` is how many emails each has room for, by provider ID, `weights` the shares they are to
    have (all of them, also those without room), `served` how many each has had. Whoever has had
    least for its weight comes first, so that a trickle is shared like a flood; what they ask for
    together is in proportion to their weights. One without room leaves its turn to the others.
    """
    able = {one: number for one, number in wanted.items() if number > 0}
    if not able:
        return []
    most = max(served.get(one, 0) / weight for one, weight in weights.items())
    for one, weight in weights.items():
        served[one] = max(served.get(one, 0), math.ceil((most - _MEMORY) * weight))
    together = sum(weights[one] for one in able)
    room = max(able.values())
    turns = [
        (one, min(number, math.ceil(room * weights[one] / together)))
        for one, number in able.items()
    ]
    return sorted(turns, key=lambda turn: (served[turn[0]] / weights[turn[0]], turn[0]))
