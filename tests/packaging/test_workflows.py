"""Checks of the workflows that need no service to run them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def scripts(workflow: Path) -> Iterator[str]:
    """Yield the commands of the steps, as the runner writes them into files."""
    lines = iter(workflow.read_text("utf-8").splitlines())
    for line in lines:
        found = re.match(r"( *)(?:- )?run: (.*)", line)
        if found is None:
            continue
        if found.group(2) != "|":
            yield found.group(2)
            continue
        block = []
        for following in lines:
            indent = len(following) - len(following.lstrip())
            if following.strip() and indent <= len(found.group(1)):
                break
            block.append(following.strip())
        yield "\n".join(block)


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


def test_only_githubs_own_actions_are_used_by_major_version(workflow: Path) -> None:
    used = re.findall(r"uses: (.+)", workflow.read_text("utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", action)


def test_only_the_draft_of_a_release_may_write(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    assert re.findall(r"^permissions:\n  contents: read$", text, re.MULTILINE)
    expected = 1 if workflow.name == "bundle.yml" else 0
    assert text.count(": write") == expected
    assert "pull_request_target" not in text  # it would give the secrets to the code of a fork
    _, _, release = text.partition("\n  release:\n")
    assert release.count("contents: write") == expected


def test_secrets_are_passed_to_single_steps(workflow: Path) -> None:
    for line in workflow.read_text("utf-8").splitlines():
        if "secrets." in line:
            assert re.fullmatch(r" {10}[A-Z_]+: \$\{\{ secrets\.[A-Z_]+ \}\}", line)


def test_scripts_are_valid_and_name_existing_files(workflow: Path) -> None:
    # On Windows bash.exe may only say that no Linux is installed.
    bash = None if sys.platform == "win32" else shutil.which("bash")
    commands = list(scripts(workflow))
    assert len(commands) > 5
    for command in commands:
        for name in re.findall(r"(?<![\w/])resources/[\w/.-]+(?<![.])", command):
            assert (ROOT / name).is_file()
        for module in re.findall(r"-m ((?:resources|tests)\.[\w.]+)", command):
            assert (ROOT / (module.replace(".", "/") + ".py")).is_file()
        is_powershell = "$ErrorActionPreference" in command
        if bash and not is_powershell:
            # The runner replaces expressions before the shell sees them.
            text = re.sub(r"\$\{\{.*?\}\}", "expression", command)
            subprocess.run([bash, "-n"], input=text, text=True, check=True)


def test_the_targets_of_make_exist(workflow: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in scripts(workflow):
        for words in re.findall(r"(?:^|&& )make ([a-z ]+)", command):
            for target in words.split():
                assert re.search(rf"^{target}:", makefile, re.MULTILINE)
