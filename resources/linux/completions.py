"""Completions for bash, zsh and fish, made from the grammar of the command line."""

from __future__ import annotations

import argparse
import re
import sys

import shtab

from mailadmin.cli.parser import build_parser
from mailadmin.preferences import PREFERENCES

SHELLS = ("bash", "fish", "zsh")
_FILE = re.compile(r"^(FILE\S*|PATH\S*)$")
_FOLDER = re.compile(r"^(DIR|FOLDER)\S*$")


def completion(shell: str) -> str:
    """The script for `shell`."""
    parser = build_parser()
    _mark_values(parser)
    return shtab.complete(parser, shell)


def _mark_values(parser: argparse.ArgumentParser) -> None:
    """Tell shtab which values are files, folders and keys of settings, by what the help calls them.

    The grammar itself does without the keys, because each start of the program would read them.
    """
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _mark_values(command)
        elif action.metavar == "KEY":
            action.choices = [preference.key for preference in PREFERENCES]
        elif isinstance(action.metavar, str) and _FILE.match(action.metavar):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif isinstance(action.metavar, str) and _FOLDER.match(action.metavar):
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.stdout.write(completion(sys.argv[1]))
