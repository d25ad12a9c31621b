"""The manual page mailadmin(1), made from the grammar of the command line: it can't drift."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from mailadmin import __version__
from mailadmin.cli.parser import build_parser
from resources.bundle.build_info import current
from resources.linux.grammar import commands_of, options_of

_SECTIONS = Path(__file__).with_name("manual_sections.txt")


def manual_page(date: str) -> str:
    """The page as troff, dated `date`."""
    parser = build_parser()
    lines = [
        f'.TH MAILADMIN 1 "{date}" "Mail Admin {__version__}" "User Commands"',
        ".nh",
        ".ad l",
        ".SH NAME",
        "mailadmin \\- administer an organisation's outgoing mail: providers, queue and log",
        ".SH SYNOPSIS",
        ".B mailadmin",
        *_usage(parser, skip=1),
        *_written_section("DESCRIPTION"),
        ".SH OPTIONS",
        *_options(parser),
        ".SH COMMANDS",
        "Each command explains itself with",
        ".BR \\-\\-help .",
    ]
    for name, summary, command in commands_of(parser):
        lines += [f".SS {_plain(name)}", _sentence(summary), ".PP", f".B mailadmin {_plain(name)}"]
        lines += [*_usage(command, skip=1 + len(name.split())), *_options(command)]
    for title in ("FILES", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
        lines += _written_section(title)
    return "\n".join(lines) + "\n"


def _usage(parser: argparse.ArgumentParser, *, skip: int) -> list[str]:
    words = " ".join(parser.format_usage().split()).split(" ")[skip + 1 :]  # "usage:" comes first
    return [_plain(" ".join(words))] if words else []


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in options_of(parser):
        names = ", ".join(f"\\fB{_plain(name)}\\fR" for name in action.option_strings)
        yield ".TP"
        if not action.option_strings:
            yield f"\\fI{_plain(_metavar(action))}\\fR"
        elif action.nargs == 0:
            yield names
        else:
            yield f"{names} \\fI{_plain(_metavar(action))}\\fR"
        yield _sentence(_help(parser, action))


def _metavar(action: argparse.Action) -> str:
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    if action.metavar:
        return action.metavar
    return "|".join(map(str, action.choices)) if action.choices else action.dest.upper()


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    values = {**vars(action), "prog": parser.prog}
    if action.choices is not None:
        values["choices"] = ", ".join(map(str, action.choices))
    return (action.help or "") % values


def _sentence(text: str) -> str:
    if not re.match(r"\w+:", text):  # the name of a value stays as it is typed
        text = text[:1].upper() + text[1:]
    return _plain(text + ("" if text.endswith((".", ")")) else "."))


def _plain(text: str) -> str:
    """`text` with what troff would take for a command or a typographic character."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def _written_section(title: str) -> list[str]:
    """A section that the grammar can't know, from manual_sections.txt (troff)."""
    found = re.search(
        rf"^\.SH {title}\n.*?(?=^\.SH |\Z)",
        _SECTIONS.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    if found is None:
        raise LookupError(f"{_SECTIONS} has no section {title}")
    return found.group().rstrip().splitlines()


if __name__ == "__main__":
    sys.stdout.write(manual_page(current().date))
