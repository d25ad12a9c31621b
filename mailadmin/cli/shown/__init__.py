"""How the command line shows much at once: lists, details, exports, progress, lines without end.

It gets domain values and prints them, for people or as JSON.
What is shown is decided by the commands.
"""
