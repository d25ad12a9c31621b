"""Backup, check, About and licences: what the menu offers around the database and the program.

Backup and check themselves are in `store.upkeep`.
No mail is changed here.
"""
