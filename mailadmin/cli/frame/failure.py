"""Why a command ends early, beside the `KnownError`s of `domain.errors`."""

from __future__ import annotations

from mailadmin.domain.errors import KnownError


class CommandFailed(KnownError):
    """The command can't do what it was asked: one sentence on standard error, exit code 1."""


class UsageError(Exception):
    """Options that don't go together: usage and one sentence on standard error, exit code 2."""


class ReaderGone(Exception):
    """Whoever read our output has seen enough, as in `mailadmin queue list | head`."""
