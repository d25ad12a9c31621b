"""Choose the window or the command line. The command line never imports Qt."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple


class WindowOptions(NamedTuple):
    """What a plain start of the window asks for; as `cli.Options` has it."""

    database: str | None
    demo: bool = False
    portable: bool = False
    files: Sequence[str] = ()


def main(argv: Sequence[str] | None = None) -> int:
    """Run Mail Admin with `argv` (without the program's name); gives the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    window = window_options(arguments)
    if window is None:
        from mailadmin.cli import parse, run_command

        options = parse(arguments)
        if options.command not in {None, "open"}:
            return run_command(options)
        window = WindowOptions(options.database, options.demo, options.portable, options.files)
    gc.disable()  # the window collects garbage in its own thread, once it works
    from mailadmin.ui.app import run_window

    return run_window(window)


def window_options(arguments: Sequence[str]) -> WindowOptions | None:
    """Read the usual ways to start the window, without the grammar of all the commands.

    That takes a quarter of the time a window needs to appear. None: it has to be asked.
    """
    from mailadmin.place.location import DATABASE_VARIABLE

    match list(arguments):
        case []:
            return WindowOptions(os.environ.get(DATABASE_VARIABLE) or None)
        case ["--database", str(database)] if not database.startswith("-"):
            return WindowOptions(database)
        case ["open", *files] if not any(file.startswith("-") for file in files):
            return WindowOptions(os.environ.get(DATABASE_VARIABLE) or None, files=files)
        case _:
            return None


if __name__ == "__main__":
    sys.exit(main())
