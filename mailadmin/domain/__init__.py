"""The values all packages speak of, a module for each noun: providers, mail, attempts, errors.

Frozen and typed; all dates are aware `datetime`s in UTC, durations seconds, sizes bytes.
Nothing here needs a database, a network, a keyring or a window, and nothing is imported from above.
"""
