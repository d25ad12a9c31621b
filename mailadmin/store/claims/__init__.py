"""Claims: the right to attempt an email, the point of no return, the record of the outcome.

Here is also what the right depends on: leases, limits, the health of providers, the clock.
The queue as a person changes it is `store.queue`.
"""
