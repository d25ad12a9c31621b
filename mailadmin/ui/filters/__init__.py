"""Filters of a table: the editors below the titles, chips, popups, what is remembered of them.

What a filter means is in `tables.query`.
The table is in `ui.table`.
"""
