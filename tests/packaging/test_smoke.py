"""The test of a packaged program, run with the program of this environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.packaging import smoke

PROGRAM = Path(sys.executable).with_name(
    "mailadmin.exe" if sys.platform == "win32" else "mailadmin"
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    if not PROGRAM.exists():
        pytest.skip("Mail Admin isn't installed in this environment")
    offscreen = {"QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    return os.environ | offscreen | {"MAILADMIN_DATABASE": str(tmp_path / "mail.db")}


def test_a_working_program_sends_an_email(tmp_path: Path, environment: dict[str, str]) -> None:
    smoke.send_one(PROGRAM, tmp_path, environment)


@pytest.mark.skipif(sys.platform == "win32", reason="its lock is in a folder of Windows' own")
def test_a_second_start_finds_the_open_window(environment: dict[str, str]) -> None:
    # A socket in pytest's folder would have too long a name for macOS.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        smoke.open_window(PROGRAM, Path(folder), environment | {"TMPDIR": folder})


def test_another_program_fails_the_test(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(smoke.Failed, match="--version"):
        smoke.send_one(Path(sys.executable), tmp_path, environment)
