"""The grammar of the command line, put together from the commands' own parts."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from mailadmin.build import version_text
from mailadmin.cli.commands import (
    enqueue,
    log,
    opening,
    providers,
    queue,
    send,
    settings,
    upkeep,
)
from mailadmin.cli.frame.grammar import Formatter
from mailadmin.cli.frame.options import Options
from mailadmin.place.location import DATABASE_VARIABLE

_EXAMPLES = """\
Without a command the window opens.

  mailadmin                                    open the window
  mailadmin --demo                             try everything without an account
  mailadmin --portable                         keep everything beside the program
  mailadmin providers add --preset Postmark --username TOKEN \\
      --send-from ann@example.org --password-stdin < password.txt
  mailadmin enqueue invoice.eml                queue a message, print its queue ID
  mailadmin send --until-empty                 send what is due, then end
  mailadmin log list --json                    what became of every email

Exit codes: 0 done; 1 failed, for the reason given on standard error; 2 wrong usage.
"""


def parse(argv: Sequence[str]) -> Options:
    """Read the arguments (without the program's name); the environment gives the database.

    Prints help, the version or an error of usage and raises `SystemExit` (0 or 2) as argparse does.
    """
    options = build_parser().parse_args(argv, namespace=Options())
    if options.demo and options.database is not None:
        options.parser.error("--demo brings its own database: leave --database away")
    if options.portable and (options.demo or options.database is not None):
        options.parser.error("--portable has its own database: leave --database and --demo away")
    if options.database is None and not options.demo and not options.portable:
        options.database = os.environ.get(DATABASE_VARIABLE) or None
    return options


def build_parser() -> argparse.ArgumentParser:
    """The whole grammar."""
    parser = argparse.ArgumentParser(
        prog="mailadmin",
        description="Administer an organisation's outgoing mail: providers, queue and log.",
        epilog=_EXAMPLES,
        formatter_class=Formatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=None, parser=parser, files=[])
    parser.add_argument("--version", action="version", version=f"Mail Admin {version_text()}")
    parser.add_argument(
        "--database",
        metavar="PATH-or-URL",
        help="file path or sqlite:///PATH; created if it doesn't exist (default: "
        f"{DATABASE_VARIABLE} in the environment, else mailadmin.db in the user's data folder)",
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="use a throw-away database with mail to send and servers that deliver nothing",
    )
    parser.add_argument(
        "--portable",
        action="store_true",
        help="keep everything beside the program, in a folder mailadmin-data; passwords stay in "
        "the keyring of each computer",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for module in (opening, providers, enqueue, queue, log, send, settings, upkeep):
        module.declare(commands)
    return parser
