"""Everything can be tried with no account: a throw-away database, two servers, forty messages."""

from mailadmin.demo.demo import Demo

__all__ = ["Demo"]
