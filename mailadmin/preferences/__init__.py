"""What an administrator prefers: each preference is declared once, with key, default, check, text.

The dialog, the command line, the store and the sender all read the declaration.
Where values are kept is `store.settings`; what only a window remembers (its columns) is none.
"""

from mailadmin.preferences.declarations import PREFERENCES, SENDING_PAUSED, Preferences
from mailadmin.preferences.preference import Group, Preference, values_of

__all__ = [
    "PREFERENCES",
    "SENDING_PAUSED",
    "Group",
    "Preference",
    "Preferences",
    "values_of",
]
