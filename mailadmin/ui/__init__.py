"""The window."""

from mailadmin.ui.emit_guard import guard_true

guard_true()  # before the first signal is emitted, whichever part of the window is used
