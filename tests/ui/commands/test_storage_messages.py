"""While another program locks the database, the window says so and stays usable."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.threads.background import WRITE_PATIENCE
from tests.smtp_providers import smtp_provider
from tests.ui.application import running_window
from tests.ui.finding import child, select_row
from tests.ui.locking import locked

RELAY = smtp_provider("Relay", "smtp.example.org", 587, "a@example.org")


def test_the_message_of_a_locked_database_stays_as_long_as_the_lock(
    tmp_path: Path, qtbot: QtBot
) -> None:
    database = tmp_path / "mail.db"
    store = Store.open(database, standard_drivers())
    store.providers.add(RELAY)
    store.providers.add(smtp_provider("Other", "smtp.example.net", 587, "b@example.org"))
    store.close()
    with running_window(tmp_path) as window:
        providers = window.tab(ProvidersTab)
        qtbot.waitUntil(lambda: providers.model.total == 2)
        beats: list[float] = []
        heart = QTimer(window, interval=20)
        heart.timeout.connect(lambda: beats.append(time.monotonic()))
        heart.start()
        with locked(database):
            qtbot.waitUntil(lambda: providers.model.value_at(0) is not None)
            select_row(providers.table, 0)
            toggle = child(window, QAction, "toggleProviderAction")
            qtbot.waitUntil(toggle.isEnabled)
            for _ in range(5):  # an impatient user
                toggle.trigger()
            providers.model.set_search("Relay")  # readings go on
            qtbot.waitUntil(lambda: providers.model.total == 1)
            providers.model.set_search("")
            qtbot.waitUntil(lambda: "locked" in providers.message.text)
            with qtbot.assertNotEmitted(providers.message.dismissed, wait=2500):
                pass  # the database is still locked
        qtbot.waitUntil(lambda: not providers.message.text)
        heart.stop()
        # No gap is as long as a change waits for the other program.
        assert max(later - earlier for earlier, later in pairwise(beats)) < WRITE_PATIENCE - 0.5
        toggle.trigger()
        qtbot.waitUntil(lambda: "Enable" in toggle.text())
