"""The first steps of a new user: the welcome, and a test message that is followed live.

It leads to the dialogs of the other rooms.
It has no way of sending of its own.
"""
