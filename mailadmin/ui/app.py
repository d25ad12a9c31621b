"""The composition root: makes every part and joins them. `lifetime.py` ends them in order."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication, QSettings
from PySide6.QtWidgets import QApplication, QMessageBox

from mailadmin import __version__
from mailadmin.core.credentials import CredentialResolver, CredentialStore
from mailadmin.core.delivery import Notice, SenderState
from mailadmin.core.domain import Topic
from mailadmin.core.errors import KnownError
from mailadmin.core.location import parse_location
from mailadmin.paths import AppPaths
from mailadmin.store import Store
from mailadmin.ui.appearance import Appearance
from mailadmin.ui.background import Background
from mailadmin.ui.change_events import ChangeEvents
from mailadmin.ui.errors import explain
from mailadmin.ui.icons import Icons
from mailadmin.ui.lifetime import Lifetime
from mailadmin.ui.log_tab import LogTab
from mailadmin.ui.main_window import MainWindow
from mailadmin.ui.provider_services import StoredProviders
from mailadmin.ui.providers_tab import ProvidersTab
from mailadmin.ui.queue_tab import QueueTab
from mailadmin.ui.sender import Delivers, Sender
from mailadmin.ui.window_commands import WindowCommands

if TYPE_CHECKING:
    from mailadmin.core.delivery.options import DeliveryOptions

DATABASE_VARIABLE = "MAILADMIN_DATABASE"


class StartOptions(Protocol):
    """What the command line says about the window."""

    database: str | None
    demo: bool


def application(argv: Sequence[str]) -> QApplication:
    """The process' QApplication: the one there is, or a new one."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QCoreApplication.setApplicationName("mailadmin")
    QCoreApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("mailadmin")
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
    made = application(argv)
    with ExitStack() as undo:
        if paths is None:
            paths = AppPaths.default()
        options: DeliveryOptions | None = None
        settings = QSettings(str(paths.config_dir / "window.ini"), QSettings.Format.IniFormat)
        demo = "--demo" in argv[1:]
        if demo:
            from mailadmin.demo import Demo

            running = Demo.start()
            undo.callback(running.close)
            database, credentials, options = running.location, running.credentials, running.options
            # What is arranged in a demo must not arrange the real window.
            settings = QSettings(
                str(running.location.with_suffix(".ini")), QSettings.Format.IniFormat
            )
        store = Store.open(database or os.environ.get(DATABASE_VARIABLE) or paths.database)
        undo.callback(store.close)
        if credentials is None:
            credentials = CredentialResolver(on_change=lambda _: store.publish(Topic.CREDENTIALS))
        undo.callback(credentials.close)
        window = _compose(made, store, credentials, options, settings, paths, undo.pop_all())
    if demo:
        window.banner.show_info(
            window.tr(
                "This is a demo: nothing leaves this computer, "
                "and everything in it is thrown away when you close the window."
            )
        )
    return made, window


def _compose(  # noqa: PLR0917 - the parts, each once
    made: QApplication,
    store: Store,
    credentials: CredentialStore,
    options: DeliveryOptions | None,
    settings: QSettings,
    paths: AppPaths,
    closing: ExitStack,
) -> MainWindow:
    """Join the parts. `closing` ends what was opened before, after the parts made here."""
    background = Background(store.thread, be_patient=store.be_patient)
    icons = Icons(paths.icons_dir)
    appearance = Appearance(made, settings)
    icons.refresh()
    services = StoredProviders(store, credentials)
    providers = ProvidersTab(services, background, icons=icons, settings=settings)
    queue = QueueTab(store, background, icons=icons, settings=settings)
    log = LogTab(store, background, icons=icons, settings=settings)
    window = MainWindow(
        [providers, queue, log], icons=icons, settings=settings, database_name=store.location.name
    )
    window.show_location(str(store.location))
    background.setParent(window)
    icons.setParent(window)

    def deliverer(
        on_state: Callable[[SenderState], None], on_notice: Callable[[Notice], None]
    ) -> Delivers:
        # Imported after the first paint, in the sender's thread: it brings the SMTP library.
        from mailadmin.core.delivery.deliverer import Deliverer

        return Deliverer(
            store, credentials, options=options, on_state=on_state, on_notice=on_notice
        )

    sender = Sender(deliverer, parent=window)
    events = ChangeEvents(store, background, parent=window)
    window.shown.connect(events.start)  # before the tables are read: see there
    WindowCommands(
        window,
        providers=providers,
        queue=queue,
        log=log,
        store=store,
        background=background,
        sender=sender,
        events=events,
        icons=icons,
        appearance=appearance,
        options=options,
    )
    Lifetime(window, sender=sender, events=events, background=background, closing=closing)
    return window


def run_window(options: StartOptions) -> int:
    """Open the window and stay until it is closed; gives the exit code."""
    from mailadmin.ui.single_instance import SingleInstance
    from mailadmin.ui.termination import Termination

    argv = [sys.argv[0], *(["--demo"] if options.demo else [])]
    made = application(argv)
    try:
        paths = AppPaths.default()
        location = str(parse_location(options.database or paths.database))
        instance = SingleInstance(location)
        if not options.demo and instance.call_running():
            return 0
        _, window = build(argv, options.database, paths=paths)
    except KnownError as error:
        print(f"mailadmin: {error}", file=sys.stderr)
        QMessageBox.critical(None, "Mail Admin", explain(error))
        return 1
    if not options.demo:
        instance.setParent(window)
        instance.listen()
        instance.raiseRequested.connect(window.come_forward)
        window.closing.connect(instance.close)
    Termination(window)
    window.show()
    return made.exec()
