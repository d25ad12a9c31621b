"""Tools of the system that a test needs."""

from __future__ import annotations

import os
import shutil

import pytest


def needed(tool: str) -> str:
    """Its path. Without it the test is skipped, and fails where CI is set."""
    path = shutil.which(tool)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{tool} is not installed")
    return path
