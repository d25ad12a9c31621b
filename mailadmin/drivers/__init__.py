"""Drivers: the ways to hand mail over, behind one protocol that delivery and window use.

A driver says what it needs, how it is tested, how a message is sent and what an answer means.
What follows from an answer (scope, breaker, backoff, limits, failover) is in `delivery`.
"""
