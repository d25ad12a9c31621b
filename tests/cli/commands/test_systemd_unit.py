"""The unit that sends without a window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailadmin.cli import parse
from mailadmin.cli.commands.send import STOP_GRACE
from mailadmin.place.paths import find_resources

UNIT = find_resources() / "systemd" / "mailadmin-send.service"


def settings(*, with_examples: bool = False) -> Iterator[tuple[str, str]]:
    """The settings, in order; on request those that are given as examples too."""
    for line in UNIT.read_text("utf-8").splitlines():
        text = line.removeprefix("#") if with_examples else line
        name, equals, value = text.partition("=")
        if equals and name.isalpha():
            yield name, value


def test_the_unit_runs_a_command_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILADMIN_DATABASE", raising=False)
    program, *arguments = dict(settings())["ExecStart"].split()
    assert program.endswith("/mailadmin")
    options = parse(arguments)
    assert (options.command, options.forever) == ("send", True)


def test_systemd_waits_longer_than_the_sender_needs_to_stop() -> None:
    assert float(dict(settings())["TimeoutStopSec"].removesuffix("s")) > STOP_GRACE + 5


def test_the_example_names_the_credential_it_loads() -> None:
    """The example hands over exactly the file that its variable names."""
    examples = list(settings(with_examples=True))
    credential = dict(examples)["LoadCredential"].partition(":")[0]
    assert ("Environment", f"MAILADMIN_PASSWORD_FILE_1=%d/{credential}") in examples


@pytest.mark.parametrize("with_examples", [False, True])
def test_systemd_accepts_the_unit(tmp_path: Path, with_examples: bool) -> None:
    if shutil.which("systemd-analyze") is None:
        on_linux = sys.platform.startswith("linux")
        assert not (on_linux and os.environ.get("CI")), "CI must check the unit: install systemd"
        pytest.skip("systemd-analyze is not installed")
    text = UNIT.read_text("utf-8")
    if with_examples:
        text = text.replace("#LoadCredential", "LoadCredential").replace("#Env", "Env")
    unit = tmp_path / UNIT.name
    unit.write_text(text)
    program = tmp_path / ".local" / "bin" / "mailadmin"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    here = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", unit],
        env=os.environ | here,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
