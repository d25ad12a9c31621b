"""What a user sees of a bug: the guard around the start, the dialog, reports, the log folder.

Recording and redaction know no Qt and are in `diagnostics`.
Known errors are no bugs: they are shown where they happen (`ui.words.errors`).
"""
