"""Mail Admin: providers, queue and log of an organisation's outgoing mail."""

__version__ = "0.1.0"
