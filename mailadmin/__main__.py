"""Choose the window or the command line. The command line never imports Qt."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run Mail Admin with `argv` (without the program's name); gives the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    from mailadmin.cli import parse, run_command

    options = parse(arguments)
    if options.command is None:
        from mailadmin.ui.app import run_window

        return run_window(options)
    return run_command(options)


if __name__ == "__main__":
    sys.exit(main())
