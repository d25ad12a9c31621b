"""Events for the log file alone; without a log file they are dropped."""

from __future__ import annotations

import logging

from mailadmin.domain.errors import InvalidInput, KnownError, MessageRefused

PROGRAM_LOGGER = "mailadmin"


def event_log() -> logging.Logger:
    """The logger of these events. A handler of its own keeps Python from printing them."""
    log = logging.getLogger(f"{PROGRAM_LOGGER}.events")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return log


def note_shown(error: KnownError) -> None:
    """Note a problem that is shown to the user, in English.

    Problems with something typed, or with a message, are not noted: they quote it, and are put
    right at once.
    """
    if not _is_about_content(error):
        event_log().warning("Shown: %s", error)


def _is_about_content(error: KnownError) -> bool:
    """Whether the error, or one among its values, is about a text that a person wrote."""
    return isinstance(error, InvalidInput | MessageRefused) or any(
        _is_about_content(value) for value in error.values.values() if isinstance(value, KnownError)
    )
