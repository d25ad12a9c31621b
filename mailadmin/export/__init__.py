"""Rows as files: CSV and XLSX, written whole or not at all.

It gets columns and values and gives files; cells that a spreadsheet would run are quoted.
Which rows are exported is decided by the window (`ui.export`) and the command line.
"""
