"""Writes rows as CSV and XLSX files, which appear complete or not at all.

It is given columns and values and quotes cells that a spreadsheet would run. Which rows are
exported is decided by the window (`ui.export`) and the command line.
"""
