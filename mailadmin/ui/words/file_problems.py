"""Turns errors of the file system into sentences for the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, KnownError

T = TypeVar("T")


def writing(work: Callable[[], T]) -> T:
    """Do `work`, which writes a file. Raises `KnownError` for an OSError."""
    return _explained(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The file can't be written: {reason}. Choose another folder, or make room.",
        ),
        work,
    )


def reading(work: Callable[[], T]) -> T:
    """Do `work`, which reads a file. Raises `KnownError` for an OSError."""
    return _explained(
        QT_TRANSLATE_NOOP("KnownError", "The file can't be read: {reason}. Choose another."), work
    )


def _explained(template: str, work: Callable[[], T]) -> T:
    try:
        return work()
    except OSError as error:
        raise KnownError(template, reason=error.strerror or str(error)) from error
