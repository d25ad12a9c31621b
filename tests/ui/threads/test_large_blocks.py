"""A large block of memory is given back to the system when it is freed."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_PROGRAM = """
import os, sys, psutil
from mailadmin.ui.threads.large_blocks import return_large_blocks
if sys.argv[1] == "returned":
    assert return_large_blocks()
process = psutil.Process()
before = process.memory_info().rss
for _ in range(3):
    blocks = [bytearray(os.urandom(1)) * (8 << 20) for _ in range(4)]
    guard = [bytearray(4096) for _ in range(100)]
    del blocks
print((process.memory_info().rss - before) >> 20)
"""


def kept(mode: str) -> int:
    """Return how many of 32 MB a process keeps that it used and freed three times."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, mode], capture_output=True, check=True, text=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that keeps them")
def test_large_blocks_are_given_back() -> None:
    assert kept("returned") < 4
    assert kept("as it is") > 16  # otherwise the call is not needed any more
