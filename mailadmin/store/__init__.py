"""The durable store: providers, queue, log, claims, settings. Speaks values of `domain`.

All SQL is in here, in rooms that import one way only.
What is to be sent when is decided in `delivery`.
"""

from mailadmin.store.store import Store

__all__ = ["Store"]
