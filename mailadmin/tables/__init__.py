"""What a table shows: search, a filter for each column, order, the words for dates and numbers.

The store, which answers such a question, and the window and command line, which ask it, share it.
SQL is in `store.query`, and widgets are in `ui.table` and `ui.filters`.
"""
