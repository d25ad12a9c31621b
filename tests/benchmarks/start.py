"""From process start to first paint: Mail Admin against a bare PySide6 window, in turns.

    python -m tests.benchmarks.start [ROUNDS]

Runs on the display that QT_QPA_PLATFORM and DISPLAY name. The other program is the same window
with three empty tables and nothing behind them.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_FIRST_PAINT = """
import sys
from PySide6.QtCore import QEvent, QObject

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print("painted", flush=True)
            watched.removeEventFilter(self)
        return False
"""

_BARE = (
    _FIRST_PAINT
    + """
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView, QTabWidget
app = QApplication([])
window = QMainWindow()
tabs = QTabWidget()
for name in ("Providers", "Queue", "Log"):
    tabs.addTab(QTableView(), name)
window.setCentralWidget(tabs)
"""
)

_MAIL_ADMIN = (
    _FIRST_PAINT
    + """
from mailadmin.ui.app import build
app, window = build(["mailadmin"], sys.argv[1])
"""
)


def measure(code: str, folder: Path) -> float:
    """Milliseconds from the start of the process to its first paint."""
    program = code + (
        "filter = FirstPaint()\nwindow.installEventFilter(filter)\nwindow.show()\n"
        "from PySide6.QtCore import QTimer\nQTimer.singleShot(400, window.close)\napp.exec()\n"
    )
    environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder / "mail.db")],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    milliseconds = (time.perf_counter() - began) * 1000
    process.communicate()
    assert line.strip() == "painted", line
    return milliseconds


def main(rounds: int) -> None:
    """Print medians and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        times: dict[str, list[float]] = {"bare": [], "mailadmin": []}
        for _ in range(rounds + 1):
            times["bare"].append(measure(_BARE, folder))
            times["mailadmin"].append(measure(_MAIL_ADMIN, folder))
    bare, ours = (statistics.median(values[1:]) for values in times.values())  # the first warms up
    print(f"bare PySide6 window: {bare:.0f} ms to first paint (median of {rounds})")
    print(f"Mail Admin:          {ours:.0f} ms, {ours / bare:.2f} times the bare window")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
