"""Actions on many rows, done in the background, with progress, Cancel and undo.

The changes themselves are in `store.queue.bulk`. A tab says which of these actions it has.
"""
