"""The whole application for a test: built, shown and closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication

from mailadmin.credentials import CredentialStore, MemoryCredentials
from mailadmin.place.paths import AppPaths
from mailadmin.ui.app import build
from mailadmin.ui.window.main_window import MainWindow


@contextmanager
def running_window(
    folder: Path,
    *,
    credentials: CredentialStore | None = None,
    database: Path | None = None,
    argv: tuple[str, ...] = ("mailadmin",),
) -> Iterator[MainWindow]:
    """Build and show the application on a database in `folder`; close it at the end."""
    _, window = build(
        argv,
        database or folder / "mail.db",
        credentials=credentials or MemoryCredentials(),
        paths=AppPaths.below(folder),
    )
    window.show()
    try:
        yield window
    finally:
        window.close()
        window.deleteLater()
        QApplication.sendPostedEvents()
