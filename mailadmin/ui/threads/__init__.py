"""Work beside the GUI thread: readers and writers, the sender, changes of the database, garbage.

Results come back as signals in the GUI thread.
What the work does is in the packages below.
"""
