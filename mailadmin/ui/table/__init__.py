"""The table of a million rows: model, view, columns, header, pages read in the background.

It shows whatever a list of columns describes; they are declared in `mailadmin.tables`.
What rows mean and what can be done to them is decided in the tabs.
"""
