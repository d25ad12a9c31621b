"""Starts the demo as a process of its own."""

from __future__ import annotations

import sys

from PySide6.QtCore import QProcess, QProcessEnvironment


def start_demo() -> bool:
    """Start the demo's window in a process that outlives this one; False if that fails."""
    process = QProcess()
    process.setProgram(sys.executable)
    frozen = getattr(sys, "frozen", False)
    process.setArguments(["--demo"] if frozen else ["-m", "mailadmin", "--demo"])
    environment = QProcessEnvironment.systemEnvironment()
    # Set by the bundle for itself; its child has to find its own folder (PyInstaller's manual).
    environment.insert("PYINSTALLER_RESET_ENVIRONMENT", "1")
    process.setProcessEnvironment(environment)
    started: object = process.startDetached()  # a pair according to PySide6's types
    return started[0] if isinstance(started, tuple) else bool(started)
