"""The window."""

from mailadmin.ui.emit_guard import guard_constants

guard_constants()  # before the first call of Qt, whichever part of the window is used
