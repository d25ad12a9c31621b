"""Tools of the system that some tests need."""

from __future__ import annotations

import os
import shutil

import pytest


def needed(tool: str) -> str:
    """Return the tool's path; without it skip the test, or fail it where CI is set."""
    path = shutil.which(tool)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{tool} is not installed")
    return path
