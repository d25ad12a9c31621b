"""Actions on many rows: in the background, with progress and Cancel, and undo.

The changes themselves are in `store.queue.bulk`.
Which actions a tab has is said in the tab.
"""
