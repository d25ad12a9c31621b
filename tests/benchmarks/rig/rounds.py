"""Runs contestants in turns and prints their medians: machines are noisy, ratios less so."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping


def in_turns(rounds: int, contestants: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each contestant's figure over `rounds`, every round running all of them."""
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, measure in contestants.items():
            figures[name].append(measure())
    return {name: statistics.median(values) for name, values in figures.items()}


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lies; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def print_rates(rates: Mapping[str, float], baseline: str) -> None:
    """One line for each rate (messages/s) with its share of the baseline's."""
    for name, rate in rates.items():
        share = "" if name == baseline else f"   {rate / rates[baseline]:6.2f} × {baseline}"
        print(f"  {name:<44} {rate:9,.0f}/s{share}")
