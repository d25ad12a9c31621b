"""The demo: a throw-away database, two servers on loopback, forty waiting messages.

With it everything can be tried without an account. The servers speak SMTP and throw the mail away.
The tests have servers of their own.
"""

from mailadmin.demo.demo import Demo

__all__ = ["Demo"]
