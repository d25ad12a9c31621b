"""Everything can be tried with no account: a throw-away database, two servers, forty messages.

The servers are real and listen on loopback.
Tests have servers of their own.
"""

from mailadmin.demo.demo import Demo

__all__ = ["Demo"]
