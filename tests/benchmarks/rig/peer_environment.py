"""Measures django-post_office in a throw-away environment that is made on first use."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from platformdirs import user_cache_path

REQUIREMENTS = ("django==5.2.19", "django-post-office==3.12.0")
_PEER = Path(__file__).with_name("peer_post_office.py")
_LIMIT = 600.0  # seconds for pip, and for one drain


class NotMeasured(Exception):
    """The peer can't be run here; says why in one line."""


def environment(folder: Path | None = None) -> Path:
    """The Python of an environment with post_office, outside the repository.

    Raises `NotMeasured` if it can't be made: pip needs a network or a cache.
    """
    place = folder or user_cache_path("mailadmin") / "benchmark-peers"
    place = place / "-".join(each.replace("==", "-") for each in REQUIREMENTS)
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if (place / "complete").exists():
        return python
    print(f"  (installing {' and '.join(REQUIREMENTS)} into {place})", flush=True)
    try:
        venv.create(place, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run(
            [*install, *REQUIREMENTS], check=True, capture_output=True, text=True, timeout=_LIMIT
        )
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(place, ignore_errors=True)
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        raise NotMeasured(said[-1] if said else "no environment") from error
    (place / "complete").touch()
    return python


def post_office_rate(python: Path, folder: Path, port: int, messages: int, size: int) -> float:
    """Messages/s that `send_queued_mail` sends at its defaults. Raises `NotMeasured`."""
    command = [str(python), str(_PEER), str(folder), str(port), str(messages), str(size)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LIMIT)
    except subprocess.TimeoutExpired as error:
        raise NotMeasured(f"it was not done within {_LIMIT:.0f} s") from error
    if run.returncode:
        raise NotMeasured((run.stderr.strip().splitlines() or ["it failed"])[-1])
    return messages / float(run.stdout.split()[-1])
