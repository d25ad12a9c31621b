"""`mailadmin open`: the window, with message files to queue. The window does it, not a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailadmin.cli.frame.grammar import add_command

if TYPE_CHECKING:
    from mailadmin.cli.frame.grammar import Commands

NAME = "open"

_EXAMPLES = """\
  mailadmin open letter.eml

This is what a file manager calls. The window asks before it queues anything; scripts use
`mailadmin enqueue` instead.
"""


def declare(commands: Commands) -> None:
    """Add `open`."""
    parser = add_command(
        commands,
        NAME,
        "open the window, or raise it, and queue message files there",
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help=".eml files; without any the window opens"
    )
