"""Which build this is: noted by the bundle's build, unknown in a source run. Qt-free and cheap."""

from __future__ import annotations

import sys
from pathlib import Path

from mailadmin import __version__

FILE = "build.json"
"""Beside the bundle's other resources: `version`, `commit` and `date`, as text."""


def version_text(resources: Path | None = None) -> str:
    """`0.1.0 (build abc1234, 2026-11-25)`, or `0.1.0 (from source)`.

    `resources` is the folder of the program's resources; None: the bundle's, if this is one.
    """
    folder = resources or _bundled_resources()
    try:
        written = (folder / FILE).read_text(encoding="utf-8") if folder else ""
    except OSError:
        written = ""
    if not written:
        return f"{__version__} (from source)"
    import json

    build = json.loads(written)
    return f"{build['version']} (build {build['commit']}, {build['date']})"


def _bundled_resources() -> Path | None:
    # Not paths.find_resources(): it raises for a damaged installation, and --version must not.
    bundle = getattr(sys, "_MEIPASS", None)
    return Path(bundle) / "resources" if bundle else None
