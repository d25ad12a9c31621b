"""Names the build: version, commit and date, the same for every build of one commit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from mailadmin import __version__

ROOT = Path(__file__).resolve().parents[2]


class BuildInfo(NamedTuple):
    """What is written into the bundle, and the moment that all its dates are taken from."""

    version: str
    commit: str
    epoch: int

    @property
    def date(self) -> str:
        """The day in UTC."""
        return datetime.fromtimestamp(self.epoch, UTC).strftime("%Y-%m-%d")

    @property
    def timestamp(self) -> str:
        """The second in UTC, as ISO 8601."""
        return datetime.fromtimestamp(self.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def write(self, path: Path) -> Path:
        """Write what `mailadmin.build` reads."""
        fields = {"version": self.version, "commit": self.commit, "date": self.date}
        path.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
        return path


def current() -> BuildInfo:
    """The build of what is checked out.

    MAILADMIN_BUILD names it where there is no git (a source archive), SOURCE_DATE_EPOCH dates it;
    without both it is the commit with its date, and `+` says that files differ from it.
    """
    commit = os.environ.get("MAILADMIN_BUILD") or _git("rev-parse", "--short=7", "HEAD")
    if not os.environ.get("MAILADMIN_BUILD") and _git("status", "--porcelain"):
        commit += "+"
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct")
    return BuildInfo(__version__, commit or "unknown", int(epoch or time.time()))


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


if __name__ == "__main__":
    # For the scripts beside: one line of shell variables.
    info = current()
    sys.stdout.write(f"version={info.version} commit={info.commit} epoch={info.epoch}\n")
