"""The first steps of a new user: the welcome, and a test message that is followed live.

The welcome leads to the dialogs of the other rooms. A test message goes through the queue like any
other.
"""
