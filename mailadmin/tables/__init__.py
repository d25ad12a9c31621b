"""What the tables are: their columns, declared once, and what is asked of them.

The store, the window, the command line and exports share it. SQL is in `store.query`, widgets are
in `ui.table` and `ui.filters`.
"""
