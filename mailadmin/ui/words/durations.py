"""Durations as a person reads them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def in_words(seconds: float) -> str:
    """Return a duration with at most two units: "1 h 51 min"."""
    units = (
        (86400, QCoreApplication.translate("Duration", "{number} d")),
        (3600, QCoreApplication.translate("Duration", "{number} h")),
        (60, QCoreApplication.translate("Duration", "{number} min")),
        (1, QCoreApplication.translate("Duration", "{number} s")),
    )
    left, parts = round(seconds), []
    for size, words in units:
        count, left = divmod(left, size)
        if count:
            parts.append(words.format(number=count))
    return " ".join(parts[:2]) or units[-1][1].format(number=0)
