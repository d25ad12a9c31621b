"""Threads beside the GUI thread: readers, writers, sender; change events; garbage collection.

Results come back as signals in the GUI thread. The work itself is in other packages.
"""
