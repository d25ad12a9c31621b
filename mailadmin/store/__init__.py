"""The durable store: providers, queue, log. Speaks domain types; everything SQL stays in here."""

from mailadmin.store.store import Store

__all__ = ["Store"]
