"""The ways in for mail, which all end in `store.queue.Queue.enqueue`: `.eml` files.

A way in passes raw bytes to `message.prepare` and confirms nothing before the commit. A message
that is written in the window is composed in `ui.compose`.
"""
