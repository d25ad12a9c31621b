"""Preferences: the dialog and its groups.

Keys, defaults and checks are declared below the window.
Senders read what is stored; nothing is handed to them from here.
"""
