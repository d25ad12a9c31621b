"""What helps to find out later what happened: the log file and crash reports.

Qt-free, and imported after the window's first paint. Nothing here may fail the program: a log that
can't be written is told once, and the mail goes on.
"""
