"""The window's short way past the grammar means the same as the grammar."""

from __future__ import annotations

import pytest

from mailadmin.__main__ import window_options
from mailadmin.cli import parse


@pytest.mark.parametrize("variable", [None, "", "sqlite:///there.db"])
@pytest.mark.parametrize(
    "arguments",
    [[], ["--database", "here.db"], ["--database", ""], ["open"], ["open", "a b.eml", "c.eml"]],
)
def test_a_plain_start_is_read_as_the_grammar_reads_it(
    arguments: list[str], variable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable is None:
        monkeypatch.delenv("MAILADMIN_DATABASE", raising=False)
    else:
        monkeypatch.setenv("MAILADMIN_DATABASE", variable)
    options = parse(arguments)
    assert options.command in {None, "open"}
    window = window_options(arguments)
    assert window is not None
    assert (window.database, list(window.files)) == (options.database, options.files)
    assert (window.demo, window.portable) == (options.demo, options.portable) == (False, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--demo"],
        ["--portable"],
        ["open", "--help"],
        ["--help"],
        ["--database"],
        ["--database", "--demo"],
        ["--database", "a.db", "send"],
        ["--database=a.db"],
        ["queue", "list"],
    ],
    ids=" ".join,
)
def test_all_else_is_left_to_the_grammar(arguments: list[str]) -> None:
    assert window_options(arguments) is None
