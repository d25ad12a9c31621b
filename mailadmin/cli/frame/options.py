"""What the command line asks for, once parsed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context

Command = Callable[["Options", "Context"], int]
"""A command: does its work and gives the exit code; raises `KnownError` or `UsageError`."""


class Options(argparse.Namespace):
    """The global options; those of the command are attributes beside them, named as they are."""

    command: str | None  # None, and "open": the window
    database: str | None  # path or URL; None: the default of `AppPaths`
    demo: bool
    portable: bool
    files: list[str]  # of "open"
    run: Command
    parser: argparse.ArgumentParser  # of the command, for errors of usage found late
