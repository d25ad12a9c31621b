"""How the command line shows things: lists, details, moments, progress, exports.

It gets domain values and prints them, for people or as JSON.
What is shown is decided by the commands.
"""
