"""The guard keeps Python 3.11 alive under PySide 6.12.0."""

from __future__ import annotations

import subprocess
import sys

EMIT = """
from PySide6.QtCore import QObject, Signal
import mailadmin.ui
class Source(QObject):
    said = Signal(int)
source = Source()
for number in range(20_000):
    source.said.emit(number)
print("alive")
"""


def test_many_emits_do_not_end_the_program() -> None:
    run = subprocess.run(
        [sys.executable, "-c", EMIT], capture_output=True, text=True, check=False, timeout=60
    )
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "alive", "")
