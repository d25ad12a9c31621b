"""How the window handles bugs: the guard around its start, the dialog, reports, the log folder.

Recording and redaction know no Qt and are in `diagnostics`. A `KnownError` is no bug: it is shown
where it happens (`ui.words.errors`).
"""
