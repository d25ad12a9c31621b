"""From process start to first paint: Mail Admin against a bare PySide6 window, in turns.

    python -m tests.benchmarks.start [ROUNDS] [--rows N] [--offscreen]

Mail Admin is the real program, `mailadmin --database FILE`, on a database of N rows with the Log in
front; it is also measured until the first row of the Log can be read. The other program is the same
window with three empty tables and nothing behind them. Goal: at most 1.3 times its time.

Both run from compiled bytecode, as an installed program does, whatever PYTHONDONTWRITEBYTECODE says
here.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from tests.benchmarks.rig.display import display
from tests.benchmarks.rig.generate import generate
from tests.benchmarks.rig.limits import killed_after

_GOAL = 1.3

# Tells of the first paint of the window that is there when the event loop begins.
_WATCH = """
import sys
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            print("painted", flush=True)
            painted(watched)
        return False

first_paint = FirstPaint()
run = QApplication.exec

def watched_run(*_):
    next(each for each in QApplication.topLevelWidgets() if each.isVisible()).installEventFilter(
        first_paint
    )
    return run()

QApplication.exec = watched_run
"""

_BARE = (
    _WATCH
    + """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow, QTableView, QTabWidget

def painted(window):
    QTimer.singleShot(0, window.close)

app = QApplication([])
window = QMainWindow()
tabs = QTabWidget()
for name in ("Providers", "Queue", "Log"):
    tabs.addTab(QTableView(), name)
window.setCentralWidget(tabs)
window.show()
sys.exit(app.exec())
"""
)

_MAIL_ADMIN = (
    _WATCH
    + """
from mailadmin.__main__ import main

class FirstRow(QObject):
    \"\"\"Waits until the Log was painted with a row in it.\"\"\"

    def __init__(self, window):
        super().__init__(window)
        self.table = None
        self.startTimer(5)

    def timerEvent(self, event):
        from PySide6.QtWidgets import QTableView

        self.table = self.parent().findChild(QTableView, "logTable")
        if self.table is not None:
            self.killTimer(event.timerId())
            self.table.viewport().installEventFilter(self)
            self.table.viewport().update()

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and self.readable():
            watched.removeEventFilter(self)
            print("readable", flush=True)
            self.parent().close()
        return False

    def readable(self):
        model = self.table.model()
        cells = range(1, model.columnCount())
        return model.rowCount() and any(model.index(0, cell).data() for cell in cells)

def painted(window):
    FirstRow(window)

sys.exit(main(["--database", sys.argv[1]]))
"""
)


def measure(code: str, folder: Path, *lines: str) -> list[float]:
    """Milliseconds from the start of the process to each of the lines it prints."""
    environment = os.environ | {
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "mail.db")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    ) as process:
        assert process.stdout is not None
        taken = []
        with killed_after(process):
            for expected in lines:
                line = process.stdout.readline().strip()
                taken.append((time.perf_counter() - began) * 1000)
                assert line == expected, f"{line!r} instead of {expected!r}"
            process.wait()
    assert process.returncode == 0, process.returncode
    return taken


def main() -> None:
    """Print medians and their ratio."""
    parser = argparse.ArgumentParser(prog="start", description=__doc__.splitlines()[0])
    parser.add_argument("rounds", nargs="?", type=int, default=15)
    parser.add_argument("--rows", type=int, default=10_000, help="in the Log")
    parser.add_argument("--offscreen", action="store_true", help="also where there is Xvfb")
    options = parser.parse_args()
    if options.offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with (
        tempfile.TemporaryDirectory() as name,
        nullcontext("offscreen") if options.offscreen else display() as platform,
    ):
        folder = Path(name)
        generate(folder / "mail.db", queue=0, log=options.rows)
        settings = folder / "mailadmin" / "window.ini"
        settings.parent.mkdir()
        settings.write_text("[window]\ntab=2\n")
        bare, ours, readable = [], [], []
        for round_number in range(options.rounds + 1):
            empty = measure(_BARE, folder, "painted")
            full = measure(_MAIL_ADMIN, folder, "painted", "readable")
            if round_number:  # the first one compiles and warms up
                bare += empty
                ours.append(full[0])
                readable.append(full[1])
    print(f"Process start to first paint, median of {options.rounds} in turns; {platform}")
    print(f"bare PySide6 window: {_told(bare)}")
    ratio = statistics.median(ours) / statistics.median(bare)
    print(f"Mail Admin:          {_told(ours)}, {ratio:.2f} times the bare window (goal {_GOAL})")
    print(f"a Log of {options.rows:,} rows readable: {_told(readable)}")


def _told(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f})"


if __name__ == "__main__":
    main()
