"""Backup and check of the database, About and licences, as the menus offer them.

Backup and check themselves are in `store.upkeep`. No mail is changed here.
"""
