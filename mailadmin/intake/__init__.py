"""Ways in for mail, each ending in `store.queue.Queue.enqueue`: `.eml` files.

A way in gets raw bytes to `message.prepare` and confirms nothing before the commit.
What a person writes in the window is composed in `ui.compose`.
"""
