"""The commands, a module each: its grammar, and what it does.

A command imports the store and the drivers in the function that needs them, so that all start fast.
How values look is in `cli.shown`, what all commands share in `cli.frame`.
"""
