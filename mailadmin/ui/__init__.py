"""The window: all that knows Qt, in rooms that import one way only. `app` is its root.

It asks the packages below and shows the values of `domain`.
No SQL, no keyring and no server is spoken to in here.
"""
