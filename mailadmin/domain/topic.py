"""What changed, for those who show it."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """What changed, so that a view knows whether to look."""

    PROVIDERS = "providers"
    QUEUE = "queue"
    LOG = "log"
    CREDENTIALS = "credentials"
    SETTINGS = "settings"
