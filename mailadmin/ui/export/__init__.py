"""Exporting a table from the window: the dialog, the progress, the choice of rows.

Files are written by the package `export`. The command line has an export of its own on top of the
same package.
"""
