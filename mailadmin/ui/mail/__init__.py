"""The tabs Queue and Log: their columns and their actions.

What every tab with a table has is in `ui.tab`; one message is shown by `ui.details`.
The rules of the queue are in `store.queue`.
"""
