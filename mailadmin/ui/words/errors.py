"""Translation of a known error into the sentence that the user reads."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mailadmin.domain.errors import KnownError


def explain(error: KnownError) -> str:
    """Return what happened and what to do, in the user's language.

    An error that is a value of another one ("{file}: {problem}") is translated too. If the
    placeholders of a translation don't fit, which is the translator's mistake, the English is used.
    """
    template = QCoreApplication.translate("KnownError", error.template)
    if not error.values:
        return template
    try:
        return template.format(**{name: _in_words(value) for name, value in error.values.items()})
    except (KeyError, IndexError, ValueError):
        return str(error)


def _in_words(value: object) -> object:
    return explain(value) if isinstance(value, KnownError) else value
