"""The composition root: makes the window, shows it early, and has the rest put behind it.

What opens the store or talks to the world is imported when it is needed, after the first paint.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication, QSettings
from PySide6.QtWidgets import QApplication

from mailadmin import __version__
from mailadmin.domain.errors import KnownError
from mailadmin.place.location import DATABASE_VARIABLE, Location, parse_location
from mailadmin.place.paths import AppPaths
from mailadmin.ui.crash.guard import CrashGuard
from mailadmin.ui.start.early_start import EarlyStart, complain
from mailadmin.ui.start.single_instance import SingleInstance
from mailadmin.ui.start.tab_list import TABS
from mailadmin.ui.theme.appearance import Appearance
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.window.main_window import MainWindow

if TYPE_CHECKING:
    from mailadmin.credentials import CredentialStore
    from mailadmin.delivery.options import DeliveryOptions


class StartOptions(Protocol):
    """What the command line says about the window."""

    @property
    def database(self) -> str | None:
        """Path or URL; None: the user's own."""

    @property
    def demo(self) -> bool:
        """On a throw-away database."""

    @property
    def portable(self) -> bool:
        """With everything beside the program."""

    @property
    def files(self) -> Sequence[str]:
        """Message files to be queued."""


def application(argv: Sequence[str]) -> QApplication:
    """The process' QApplication: the one there is, or a new one."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QCoreApplication.setApplicationName("mailadmin")
    QCoreApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("org.mailadmin.MailAdmin")
    made = QApplication(list(argv) or ["mailadmin"])
    made.setApplicationDisplayName("Mail Admin")
    return made


def build(
    argv: Sequence[str],
    database: str | Path | None = None,
    *,
    credentials: CredentialStore | None = None,
    paths: AppPaths | None = None,
) -> tuple[QApplication, MainWindow]:
    """Build the whole application without entering the event loop.

    `argv` begins with the program's name and may hold `--demo`. `database` is a path or a URL; else
    MAILADMIN_DATABASE names it, else it is in the user's data folder. `credentials` and `paths`
    replace the system's. The sender starts when the window is shown; closing the window ends all.

    Raises the kinds of `StorageError`, and `InvalidInput` for a bad `database`.
    """
    from mailadmin.drivers.registry import standard_drivers
    from mailadmin.store import Store
    from mailadmin.ui.crash.log_folder import offer_log_folder
    from mailadmin.ui.start.assembly import assemble
    from mailadmin.ui.threads.emit_guard import guard_constants

    guard_constants()
    made = application(argv)
    drivers = standard_drivers()
    with ExitStack() as undo:
        if paths is None:
            paths = AppPaths.default()
        options: DeliveryOptions | None = None
        settings = _settings(paths)
        demo = "--demo" in argv[1:]
        if demo:
            from mailadmin.demo import Demo

            running = Demo.start(drivers)
            undo.callback(running.close)
            database, credentials, options = running.location, running.credentials, running.options
            # What is arranged in a demo must not arrange the real window.
            settings = _ini(running.location.with_suffix(".ini"))
        location = database or os.environ.get(DATABASE_VARIABLE) or paths.database
        store = Store.open(location, drivers)
        undo.callback(store.close)
        window = _window(made, paths, settings, store.location)
        window.complete()
        offer_log_folder(window, paths.log_dir)
        if credentials is not None:
            undo.callback(credentials.close)
        assemble(
            window,
            store,
            closing=undo.pop_all(),
            drivers=drivers,
            credentials=credentials,
            options=options,
        )
    if demo:
        window.banner.show_info(
            window.tr(
                "This is a demo: nothing leaves this computer, "
                "and everything in it is thrown away when you close the window."
            )
        )
    return made, window


def run_window(options: StartOptions) -> int:
    """Open the window and stay until it is closed; gives the exit code."""
    with CrashGuard() as guard:
        try:
            return _run_demo(options.files, guard) if options.demo else _run(options, guard)
        except KnownError as error:
            complain(error)
    return 1


def _run(options: StartOptions, guard: CrashGuard) -> int:
    made = application(sys.argv[:1])
    paths = AppPaths.of(portable=options.portable)
    guard.log_folder = paths.log_dir
    location = parse_location(options.database or paths.database)
    files = [Path(file).absolute() for file in options.files]
    instance = SingleInstance(str(location), files)
    if instance.call_running():
        return 0
    window = _window(made, paths, _settings(paths), location)
    instance.raiseRequested.connect(window.come_forward)
    instance.filesHandedOver.connect(window.open_files)
    window.open_files(files)
    if sys.platform == "darwin":
        from mailadmin.ui.start.file_open_events import FileOpenEvents

        FileOpenEvents(made).filesOpened.connect(window.open_files)
    window.closing.connect(instance.close)
    start = EarlyStart(window, location, instance)
    guard.window, guard.what = window, f"database {location}"
    start.begun.connect(guard.begin)
    start.begun.connect(partial(_offer_log_folder, window, paths.log_dir))
    window.show()
    code = made.exec()
    instance.close()
    if start.exit_code:
        guard.show_pending_crash()
    return start.exit_code or code


def _run_demo(files: Sequence[str], guard: CrashGuard) -> int:
    from mailadmin.ui.start.termination import Termination

    made, window = build([*sys.argv[:1], "--demo"])
    Termination(window)
    guard.window, guard.what = window, "a demo"
    guard.begin()
    window.open_files([Path(file).absolute() for file in files])
    window.show()
    return made.exec()


def _offer_log_folder(window: MainWindow, folder: Path) -> None:
    from mailadmin.ui.crash.log_folder import offer_log_folder

    offer_log_folder(window, folder)


def _window(
    made: QApplication, paths: AppPaths, settings: QSettings, location: Location
) -> MainWindow:
    """The window with nothing behind it."""
    appearance = Appearance(made, settings)  # before the icons, which take the palette
    return MainWindow(
        TABS,
        icons=Icons(paths.icons_dir),
        settings=settings,
        appearance=appearance,
        location=location,
    )


def _settings(paths: AppPaths) -> QSettings:
    return _ini(paths.config_dir / "window.ini")


def _ini(path: Path) -> QSettings:
    return QSettings(str(path), QSettings.Format.IniFormat)
