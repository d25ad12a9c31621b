"""The places of files: the folders of the program and of its user, and the database's address.

An address is parsed here before anything is opened, and no path is computed at import. Nothing is
opened or made here; backups and the files beside a database are in `store`.
"""
