"""Values as words of the user's language: cells, durations, statuses, errors.

No widget is made here. The words of the command line are English, and in `cli.shown`.
"""
