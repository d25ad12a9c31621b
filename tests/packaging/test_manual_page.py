"""The manual page mailadmin(1) agrees with the program's grammar and is valid troff."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from mailadmin.cli.parser import build_parser
from resources.linux.grammar import commands_of, options_of
from resources.linux.manual_page import manual_page
from tests.packaging.tools import needed


def section(page: str, heading: str) -> str:
    found = re.search(
        rf'^\.S[SH] "?{re.escape(heading)}"?\n(.*?)(?=^\.S[SH] |\Z)', page, re.MULTILINE | re.DOTALL
    )
    assert found is not None, heading
    return found.group(1).replace("\\-", "-")


def test_each_command_of_the_manual_page_has_its_options() -> None:
    page = manual_page("2026-11-25")
    parser = build_parser()
    commands = list(commands_of(parser))
    assert {"open", "providers add", "send", "log export"} <= {name for name, _, _ in commands}
    for heading, grammar in [("OPTIONS", parser), *((name, it) for name, _, it in commands)]:
        text = section(page, heading)
        described = set(re.findall(r"\\fB(-[\w-]+)\\fR", text))
        expected = {name for action in options_of(grammar) for name in action.option_strings}
        assert described == expected, heading


@pytest.mark.skipif(sys.platform != "linux", reason="for Linux")
def test_the_manual_page_gives_no_warnings() -> None:
    done = subprocess.run(
        [needed("groff"), "-man", "-Tutf8", "-ww", "-z", "-"],
        input=manual_page("2026-11-25"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
