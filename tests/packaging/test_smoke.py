"""The trial of a packaged program, with the program of this environment in its place."""

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


def test_what_works_passes(tmp_path: Path, environment: dict[str, str]) -> None:
    smoke.send_one(PROGRAM, tmp_path, environment)


@pytest.mark.skipif(sys.platform == "win32", reason="its lock is in a folder of Windows' own")
def test_window_is_opened_and_found(environment: dict[str, str]) -> None:
    # The name of a socket in pytest's folder would be too long for macOS.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        smoke.open_window(PROGRAM, Path(folder), environment | {"TMPDIR": folder})


def test_a_program_that_is_another_fails(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(smoke.Failed, match="--version"):
        smoke.send_one(Path(sys.executable), tmp_path, environment)
