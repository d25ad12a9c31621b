"""New message, and the import of mail from files: dialogs, drafts, attachments, reports.

The bytes of a message are made by `message` and `intake`. Queued mail is shown in the tabs.
"""
