"""What a benchmark waits for comes in time, or the benchmark ends and says what didn't."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 120.0  # seconds; whatever takes longer on a busy machine is not worth measuring there


@contextmanager
def killed_after(process: subprocess.Popen[str], seconds: float = PATIENCE) -> Iterator[None]:
    """Kill the process if the block takes longer: who reads from it gets its end then."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
