"""Connects the parts behind the window: tabs, commands, sender, change events, shutdown.

Slow to import, so it is imported after the first paint. `lifetime.py` ends the parts in order.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from mailadmin.credentials import CredentialResolver, CredentialStore
from mailadmin.delivery import Notice, SenderState
from mailadmin.diagnostics.events import event_log
from mailadmin.diagnostics.sender_log import SenderLog
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import Drivers
from mailadmin.store import Store
from mailadmin.ui.bulk.undo_history import UndoHistory
from mailadmin.ui.commands.window_commands import WindowCommands
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.start.lifetime import Lifetime
from mailadmin.ui.tab.parts import TabParts
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.change_events import ChangeEvents
from mailadmin.ui.threads.garbage_collection import GarbageCollection
from mailadmin.ui.threads.large_blocks import return_large_blocks
from mailadmin.ui.threads.sender import Delivers, Sender
from mailadmin.ui.welcome.first_steps import FirstSteps
from mailadmin.ui.window.main_window import MainWindow

if TYPE_CHECKING:
    from mailadmin.delivery.options import DeliveryOptions

_TURN = 0.0005  # seconds until a thread must let the GUI thread go on; Python's default is 0.005


def assemble(
    window: MainWindow,
    store: Store,
    *,
    closing: ExitStack,
    drivers: Drivers,
    credentials: CredentialStore | None = None,
    options: DeliveryOptions | None = None,
) -> None:
    """Connect the parts and make the window ready. `credentials` None: the system's keyring.

    `closing` holds what has to be closed after the parts that are made here.
    """
    return_large_blocks()
    sys.setswitchinterval(_TURN)
    closing.callback(GarbageCollection(window).stop)
    if credentials is None:
        credentials = CredentialResolver()
        closing.callback(credentials.close)
    credentials.listen(lambda _: store.publish(Topic.CREDENTIALS))
    icons = window.icons
    background = Background(store.thread, window, be_patient=store.be_patient)
    window.furnish(
        TabParts(
            store, credentials, drivers, background, icons, UndoHistory(window), window.settings
        )
    )
    providers, queue, log = window.tab(ProvidersTab), window.tab(QueueTab), window.tab(LogTab)

    def deliverer(
        on_state: Callable[[SenderState], None], on_notice: Callable[[Notice], None]
    ) -> Delivers:
        # Imported in the sender's thread: it brings the SMTP library.
        from mailadmin.delivery.deliverer import Deliverer

        return Deliverer(
            store, credentials, drivers, options=options, on_state=on_state, on_notice=on_notice
        )

    sender = Sender(deliverer, parent=window)
    sender_log = SenderLog()
    sender.stateChanged.connect(sender_log.state)  # in the sender's thread: no Qt there
    sender.noticed.connect(sender_log.notice)
    event_log().info("Database %s is open, SQLite %s", store.location, store.sqlite_version)
    events = ChangeEvents(store, background, parent=window)
    window.started.connect(events.start)  # before the tables are read: see there
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
        options=options,
    )
    FirstSteps(
        window,
        providers=providers,
        queue=queue,
        store=store,
        background=background,
        sender=sender,
        events=events,
    )
    Lifetime(window, sender=sender, events=events, background=background, closing=closing)
    window.set_ready()
