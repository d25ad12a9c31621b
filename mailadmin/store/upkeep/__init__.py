"""Backup and check of a database file, and what a check can find.

Both run beside senders and windows and change nothing but the copy.
The removal of old rows is `store.queue.purging`.
"""
