"""The database itself: connections, transactions, the schema as models, failures as known errors.

peewee and apsw are opened here; each thread has a connection of its own.
Nothing here knows what a queue or a claim is.
"""
