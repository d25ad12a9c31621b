"""The guard keeps Python 3.11 from aborting under PySide 6.12.0."""

from __future__ import annotations

import subprocess
import sys

import pytest

EMIT = """
from PySide6.QtCore import QObject, Signal
from mailadmin.ui.threads.emit_guard import guard_constants
guard_constants()
class Source(QObject):
    said = Signal(int)
source = Source()
for number in range(20_000):
    source.said.emit(number)
print("alive")
"""
CALL = """
from PySide6.QtCore import QObject
from mailadmin.ui.threads.emit_guard import guard_constants
guard_constants()
thing = QObject()
for number in range(50_000):
    thing.setObjectName("name")
print("alive")
"""


@pytest.mark.parametrize("program", [EMIT, CALL], ids=["emitted signals", "method calls"])
def test_many_calls_of_qt_do_not_abort_the_program(program: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "alive", "")
