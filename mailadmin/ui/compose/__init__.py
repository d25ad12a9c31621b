"""New message, and mail from files: the dialogs, drafts, attachments, reports.

Bytes are made by `message` and `intake`.
What was queued is followed in the tabs.
"""
