"""Where things are: the folders of the program and of its user, and the address of a database.

What a text names is told apart from what exists: no path is computed at import.
Nothing is opened or made here; backups and the files beside a database are in `store`.
"""
