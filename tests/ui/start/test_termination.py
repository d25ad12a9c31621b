"""SIGTERM and Ctrl+C close the window of a real process properly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store

_PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from mailadmin.ui import app
from mailadmin.ui.window.main_window import MainWindow

show = MainWindow.show
def told(window):
    show(window)
    QTimer.singleShot(300, lambda: print("shown", flush=True))
MainWindow.show = told

class Options:
    database = sys.argv[1]
    demo = portable = False
    files = ()
sys.exit(app.run_window(Options()))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_window_properly(tmp_path: Path, number: signal.Signals) -> None:
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
    }
    program = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "mail.db")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[3],
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "shown\n"
    program.send_signal(number)
    _, complaints = program.communicate(timeout=60)
    assert program.returncode == 0, complaints
    assert "Traceback" not in complaints
    assert (tmp_path / "config" / "mailadmin" / "window.ini").exists()  # closed, not killed
    store = Store.open(tmp_path / "mail.db", standard_drivers())
    assert store.queue.count() == 0
    store.close()
