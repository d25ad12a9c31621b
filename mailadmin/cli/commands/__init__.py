"""The commands: the grammar of each, what it does, and the parts that no other command needs.

A command imports the store and the drivers in the function that needs them, so that all start fast.
How values look is in `cli.shown`, what all commands share in `cli.frame`.
"""
