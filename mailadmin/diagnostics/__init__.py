"""The log files and crash reports that tell afterwards what happened.

Qt-free, and imported after the window's first paint. Nothing here may fail the program: a log that
can't be written is reported once, and the mail goes on.
"""
