"""From process start to first paint: the bundle, the source run, a bare PySide6 bundle, in turns.

    make bundle && python -m tests.benchmarks.bundle_start [ROUNDS] [--cold N]

The bare bundle is a window with three empty tables, built here by PyInstaller. The first paint is
told by Qt itself (QT_LOGGING_RULES), the same way in all three; `--cold` empties the system's file
cache before each start, which needs root on Linux. Goal: at most 1.3 times the bare bundle.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.rig.display import display
from tests.benchmarks.rig.generate import generate
from tests.benchmarks.rig.limits import killed_after

_GOAL = 1.3
_ROWS = 10_000
_BUNDLE = Path("dist/mailadmin/mailadmin")
_DROP_CACHES = Path("/proc/sys/vm/drop_caches")
_PAINTED = "qt.widgets.painting: Flushing"
_BARE = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView, QTabWidget

app = QApplication([])
window = QMainWindow()
tabs = QTabWidget()
for name in ("Providers", "Queue", "Log"):
    tabs.addTab(QTableView(), name)
window.setCentralWidget(tabs)
window.show()
sys.exit(app.exec())
"""


def main() -> None:
    """Print medians and their ratio to the bare bundle."""
    parser = argparse.ArgumentParser(prog="bundle_start", description=__doc__.splitlines()[0])
    parser.add_argument("rounds", nargs="?", type=int, default=15)
    parser.add_argument("--cold", type=int, default=0, metavar="N", help="rounds from a cold disk")
    options = parser.parse_args()
    if not _BUNDLE.exists():
        print(f"Not measured: {_BUNDLE} is not there (make bundle).")
        return
    with tempfile.TemporaryDirectory() as name, display() as platform:
        folder = Path(name)
        database = folder / "mail.db"
        generate(database, queue=0, log=_ROWS)
        ours = ["--database", str(database)]
        programs = {
            "bare PySide6 bundle": [str(_bare_bundle(folder))],
            "Mail Admin, bundle": [str(_BUNDLE.resolve()), *ours],
            "Mail Admin, sources": [sys.executable, "-m", "mailadmin", *ours],
        }
        for rounds, cold in ((options.rounds, False), (options.cold, True)):
            if rounds:
                print(f"Process start to first paint, {'cold' if cold else 'warm'}; {platform}")
                _print(_in_turns(programs, folder, rounds, cold))


def _bare_bundle(folder: Path) -> Path:
    script = folder / "bare.py"
    script.write_text(_BARE)
    places = ("--distpath", "--workpath", "--specpath")
    options = [word for place in places for word in (place, str(folder / place.strip("-")))]
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", "--log-level", "ERROR", *options, str(script)],
        check=True,
        timeout=600,
    )
    return folder / "distpath" / "bare" / "bare"


def _in_turns(
    programs: dict[str, list[str]], folder: Path, rounds: int, cold: bool
) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for round_number in range(rounds + 1):
        for name, command in programs.items():
            if cold:
                os.sync()
                _DROP_CACHES.write_text("3")
            seconds = _first_paint(command, folder)
            if round_number:  # the first one compiles and warms up
                taken[name].append(seconds * 1000)
    return taken


def _first_paint(command: list[str], folder: Path) -> float:
    environment = os.environ | {
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_STATE_HOME": str(folder),
        "QT_LOGGING_RULES": "qt.widgets.painting=true",
        "PYTHONDONTWRITEBYTECODE": "",
    }
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stderr is not None
        with killed_after(process):
            if not any(line.startswith(_PAINTED) for line in process.stderr):
                raise RuntimeError(f"{command[0]} ended without painting anything")
        seconds = time.perf_counter() - began
        process.kill()
        process.communicate()
    return seconds


def _print(taken: dict[str, list[float]]) -> None:
    bare = statistics.median(next(iter(taken.values())))
    for name, times in taken.items():
        median = statistics.median(times)
        print(
            f"{name:<22}{median:6.0f} ms ({min(times):.0f} to {max(times):.0f}), "
            f"{median / bare:.2f} × (goal {_GOAL})"
        )


if __name__ == "__main__":
    main()
