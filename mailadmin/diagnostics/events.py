"""The logger for events that go into the log file alone; without a log file they go nowhere."""

from __future__ import annotations

import logging

from mailadmin.domain.errors import InvalidInput, KnownError, MessageRefused

PROGRAM_LOGGER = "mailadmin"


def event_log() -> logging.Logger:
    """Return the logger of these events. Its NullHandler keeps Python from printing them."""
    log = logging.getLogger(f"{PROGRAM_LOGGER}.events")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return log


def note_shown(error: KnownError) -> None:
    """Log a problem that is shown to the user, in English.

    Errors about entered text or about a message are not logged: they quote the text, and the user
    puts them right at once.
    """
    if not _is_about_content(error):
        event_log().warning("Shown: %s", error)


def _is_about_content(error: KnownError) -> bool:
    """Whether the error, or an error among its values, is about entered text or a message."""
    return isinstance(error, InvalidInput | MessageRefused) or any(
        _is_about_content(value) for value in error.values.values() if isinstance(value, KnownError)
    )
