"""The building blocks of the commands' grammar."""

from __future__ import annotations

import argparse
import shutil
from typing import TYPE_CHECKING, TypeAlias

from mailadmin.cli.frame.options import Command

if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps examples as they are written and uses a wide terminal up to a readable length."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(shutil.get_terminal_size().columns, 100) - 2)


def add_command(
    commands: Commands, name: str, summary: str, *, run: Command | None = None, examples: str = ""
) -> argparse.ArgumentParser:
    """Add a command. `run` does its work; None for one that only has commands of its own."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"examples:\n{examples}" if examples else None,
        formatter_class=Formatter,
        allow_abbrev=False,
    )
    parser.set_defaults(parser=parser)
    if run is not None:
        parser.set_defaults(run=run)
    return parser


def add_group(commands: Commands, name: str, summary: str, *, examples: str = "") -> Commands:
    """Add a command that consists of commands; one of them has to be given."""
    parser = add_command(commands, name, summary, examples=examples)
    return parser.add_subparsers(
        title="commands", metavar="COMMAND", dest=f"{name}_command", required=True
    )


def add_ids(parser: argparse.ArgumentParser, what: str) -> None:
    """Take one or more IDs."""
    parser.add_argument("ids", metavar="ID", nargs="+", type=row_id, help=what)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Offer JSON instead of text for people."""
    parser.add_argument(
        "--json", action="store_true", help="print a JSON array, the same keys in every version"
    )


def row_id(text: str) -> int:
    """An ID as the tables show it. Raises `ArgumentTypeError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not an ID: IDs are the numbers in a list")
    return int(text)


def count(text: str) -> int:
    """A number of rows, 0 or more. Raises `ArgumentTypeError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return int(text)


def choice_name(status: str) -> str:
    """A status as it is typed: `in-progress`."""
    return status.lower().replace(" ", "-")
