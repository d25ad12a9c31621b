"""Walks the grammar of the command line: what the manual page and the completions are made from."""

from __future__ import annotations

import argparse
from collections.abc import Iterator


def commands_of(
    parser: argparse.ArgumentParser, path: str = ""
) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Each command that does something: its words, its summary, its own parser."""
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        summaries = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, command in action.choices.items():
            words = f"{path} {name}".strip()
            below = list(commands_of(command, words))
            if below:
                yield from below
            else:
                yield words, summaries.get(name, ""), command


def options_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """What may stand after a command, but for --help and what is not shown."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction):
            continue
        if action.help != argparse.SUPPRESS:
            yield action
