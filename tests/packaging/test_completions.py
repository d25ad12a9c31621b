"""The shell completions, tried in the shells themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailadmin.cli.parser import build_parser
from resources.linux.completions import SHELLS, completion
from resources.linux.grammar import commands_of, options_of
from tests.packaging.tools import needed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="shells of Linux")

# What is typed, and some of the words that are offered.
CASES = [
    (["prov"], {"providers"}),
    (["providers", ""], {"list", "add", "export"}),
    (["providers", "add", "--encry"], {"--encryption"}),
    (["providers", "add", "--encryption", ""], {"tls", "ssl", "none"}),
    (["send", "--until"], {"--until-empty"}),
    (["settings", "set", ""], {"retry_delays", "never_duplicate"}),
    (["enqueue", "let"], {"letter.eml"}),
    (["open", "let"], {"letter.eml"}),
]

BASH = """
source "$0"
COMP_WORDS=(mailadmin "$@") COMP_CWORD=$# COMPREPLY=()
offer=$(complete -p mailadmin)
offer=${offer##*-F }
"${offer%% *}" mailadmin "${@: -1}" ""
printf '%s\\n' "${COMPREPLY[@]}"
"""
# zsh completes only at a prompt: one runs on a terminal of its own, whose output is read.
ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
read_until() { local all= part; while zpty -r shell part; do all+=$part
    [[ $all == *$1* ]] && break; done; print -r -- "$all"; }
zpty -w shell "PROMPT= RPROMPT=; unsetopt zle_bracketed_paste 2>/dev/null; TERM=dumb"
zpty -w shell "fpath=(${0:h} \\$fpath); autoload -U compinit; compinit -u -D"
zpty -w shell "cd ${(q)PWD}; bindkey '^I' complete-word; setopt list_ambiguous no_beep"
zpty -w shell "zstyle ':completion:*' list-prompt ''; LISTMAX=1000; print READY''NOW"
read_until READYNOW >/dev/null
zpty -w -n shell "mailadmin $*"$'\\t'
sleep 1
zpty -w -n shell $'\\t'
sleep 1
zpty -w shell $'\\x15print D''ONE'
read_until DONE
zpty -d shell
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "letter.eml").write_text("Subject: hello\n\n")
    return tmp_path


def run(command: list[str], folder: Path) -> str:
    environment = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TERM": "dumb",
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


@pytest.mark.parametrize(("typed", "expected"), CASES)
def test_bash_completes_commands_options_and_files(
    folder: Path, typed: list[str], expected: set[str]
) -> None:
    needed("bash")
    script = folder / "mailadmin"
    script.write_text(completion("bash"))
    offered = run(["bash", "--norc", "-c", BASH, str(script), *typed], folder).split()
    assert expected <= set(offered)


@pytest.mark.parametrize(("typed", "expected"), CASES)
def test_fish_completes_commands_options_and_files(
    folder: Path, typed: list[str], expected: set[str]
) -> None:
    needed("fish")
    script = folder / "mailadmin.fish"
    script.write_text(completion("fish"))
    ask = f"source {script}; complete --do-complete={' '.join(['mailadmin', *typed])!r}"
    offered = run(["fish", "--no-config", "-c", ask], folder).splitlines()
    assert expected <= {line.partition("\t")[0] for line in offered}


@pytest.mark.parametrize(("typed", "expected"), CASES[1:6:2])
def test_zsh_completes_commands_and_options(
    folder: Path, typed: list[str], expected: set[str]
) -> None:
    needed("zsh")
    script = folder / "_mailadmin"
    script.write_text(completion("zsh"))
    shown = run(["zsh", "-f", "-c", ZSH, str(script), *typed], folder)
    for word in expected:
        assert word in shown


@pytest.mark.parametrize("shell", SHELLS)
def test_a_completion_has_every_command_and_option(shell: str) -> None:
    script = completion(shell)
    for name, _, command in commands_of(build_parser()):
        assert name.split()[-1] in script
        for action in options_of(command):
            for option in action.option_strings:
                # fish has long options without their dashes.
                assert (option.lstrip("-") if shell == "fish" else option) in script, name
