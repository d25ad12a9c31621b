"""Shows everything that the program can show, one view after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QMenu,
    QPushButton,
    QTabWidget,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.diagnostics.crash_report import CrashKind, Uncaught, describe
from mailadmin.diagnostics.redaction import Redaction
from mailadmin.domain.errors import KnownError
from mailadmin.domain.log import Attempt, LogStatus
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import Provider
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.folder import FolderSettings
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from mailadmin.store.upkeep.findings import CheckReport, Finding, FindingKind
from mailadmin.tables.query import DateRange, OneOf, TableQuery, TextFilter
from mailadmin.ui.bulk.progress import BulkProgress
from mailadmin.ui.compose.import_files import ImportResult
from mailadmin.ui.compose.import_report import ImportReport
from mailadmin.ui.crash.dialog import CrashDialog
from mailadmin.ui.details.loaded_message import EmailState
from mailadmin.ui.details.send_again_dialog import SendAgainDialog
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.providers.transfer import ProviderTransfer
from mailadmin.ui.tab.table_tab import TableTab
from mailadmin.ui.upkeep.about import about_box, licenses_dialog
from mailadmin.ui.upkeep.check_report import CheckReportDialog
from mailadmin.ui.welcome.panel import WelcomePanel
from mailadmin.ui.welcome.steps import Steps
from mailadmin.ui.welcome.trial_dialog import TrialDialog
from mailadmin.ui.welcome.trial_message import Fate
from mailadmin.ui.welcome.trial_words import tell
from mailadmin.ui.window.main_window import MainWindow
from mailadmin.ui.words.status_words import Status
from tests.benchmarks.rig.generate import generate
from tests.smtp_providers import stored_provider
from tests.ui.finding import child, select_row
from tests.ui.stored_mail import add_provider, attempt, queue

Scene = tuple[str, QWidget]
_SMALL = QSize(800, 500)
_DATES = {"queue": "last_attempt_date", "log": "attempt_date"}
_TIMEOUT = 30_000  # milliseconds
_CALM = 60  # milliseconds until a layout is complete: people look at the pictures


def fill(database: Path) -> None:
    """Fill a database with providers, a long queue, a long Log, mail of every status."""
    generate(database, queue=300, log=400)
    store = Store.open(database, standard_drivers())
    relay = add_provider(store)
    add_provider(store, "Résumé & Söhne (Zürich)", send_from="rechnung@example.org")
    folder = FolderSettings(str(database.parent / "what would be sent"))
    store.providers.add(Provider("Trial run", folder, "trial@example.org", priority=99))
    queue(store, 3, subject="Your invoice", html="<p>Dear <b>Ann</b>, here it is.</p>", files=3)
    for outcome in (OutcomeKind.UNCERTAIN, OutcomeKind.DEFERRED, None):
        attempt(store, relay, outcome)
    store.close()


def _state(status: Status, reason: str = "", reply: str = "") -> EmailState:
    """Return the state of a test message."""
    attempts: tuple[Attempt, ...] = ()
    if reply:
        now = datetime.now(UTC)
        attempts = (
            Attempt(
                id=1, email_id=1, queue_id=1, number=1, provider_id=2, provider_caption="Relay",
                started_at=now, finished_at=now, point_of_no_return_at=None,
                stage=Stage.RCPT, outcome=OutcomeKind.ACCEPTED, reason=reason,
                reply_text=reply, possible_duplicate=False,
            ),
        )  # fmt: skip
    return EmailState(status, None, attempts, reason)


class WindowScenes:
    """A window on a database of `fill`, and the views that can be opened in it."""

    def __init__(self, window: MainWindow, database: Path, folder: Path, qtbot: QtBot) -> None:
        self._window = window
        self._database = database
        self._folder = folder
        self._qtbot = qtbot

    def scenes(self) -> Iterator[Scene]:
        """Yield names and widgets to look at; each widget is closed afterwards."""
        for tab in self._window.tabs:
            yield from self._tab(tab)
        yield from self._first_steps()
        yield from self._dialogs()
        yield from self._messages()

    def _first_steps(self) -> Iterator[Scene]:
        self._window.show_tab(self._window.tab(ProvidersTab))
        child(self._window, QAction, "welcomeAction").trigger()
        self._qtbot.waitUntil(lambda: bool(self._window.findChildren(WelcomePanel)))
        panel = child(self._window, WelcomePanel, "welcomePanel")
        self._qtbot.waitUntil(panel.isVisible)
        self._qtbot.wait(200)  # the steps are read in another thread
        provider = stored_provider(
            "Résumé & Söhne", "relay.example.org", 587, "office@example.org", id=2
        )
        for number, steps in enumerate(
            (Steps(), Steps(provider), Steps(provider, proved=True), Steps(provider, True, True))
        ):
            panel.show_steps(steps)
            self._rest()
            yield f"welcome-{number}", self._window
        size = self._window.size()
        self._window.resize(_SMALL)
        panel.show_steps(Steps())
        self._rest()
        yield "welcome-small", panel
        self._window.resize(size)
        child(panel, QToolButton, "welcomeCloseButton").click()
        yield from self._trial()

    def _trial(self) -> Iterator[Scene]:
        child(self._window, QAction, "sendTestMessageAction").trigger()
        dialog = child(self._window, TrialDialog, "trialDialog")
        self._qtbot.waitUntil(child(dialog, QPushButton, "trialSendButton").isEnabled)
        self._rest()
        yield "trial", dialog
        reply = "250 2.0.0 Ok: queued as 4F2A"
        for name, progress in {
            "queued": _state(QueueStatus.QUEUED),
            "accepted": _state(LogStatus.SUCCESS, reply=reply),
            "refused": _state(
                QueueStatus.FAILED,
                "The server refused the recipient for good: 550 5.1.1 No such user here",
                "550 5.1.1 No such user here",
            ),
        }.items():
            dialog._show(tell(Fate(progress, None), None, paused=False, recipient="ann@x.org"))
            self._rest()
            yield f"trial-{name}", dialog
        dialog._show(tell(Fate(_state(QueueStatus.QUEUED), None), None, paused=True, recipient=""))
        self._rest()
        yield "trial-paused", dialog
        dialog.done(0)

    def _tab(self, tab: TableTab) -> Iterator[Scene]:
        self._window.show_tab(tab)
        self._qtbot.waitUntil(lambda: tab.model.complete, timeout=_TIMEOUT)
        self._qtbot.waitUntil(lambda: tab.model.value_at(1) is not None, timeout=_TIMEOUT)
        select_row(tab.table, 1)
        self._rest()
        yield tab.key, self._window
        menu = tab.table.context_menu()
        menu.popup(self._window.mapToGlobal(QPoint(80, 80)))
        yield f"{tab.key}-context-menu", menu
        menu.close()
        yield from self._filters(tab)
        tab.show_query(TableQuery(search="zqxjkv"))
        self._qtbot.waitUntil(lambda: not tab.model.total, timeout=_TIMEOUT)
        self._rest()
        yield f"{tab.key}-nothing-found", self._window
        tab.reset_filters()
        self._qtbot.waitUntil(lambda: bool(tab.model.total), timeout=_TIMEOUT)

    def _filters(self, tab: TableTab) -> Iterator[Scene]:
        keys = [column.key for column in tab.model.columns]
        for key in (_DATES.get(tab.key, ""), "status", "encryption"):
            box = tab.table.filter_header.editor(keys.index(key)) if key in keys else None
            if not isinstance(box, QComboBox):
                continue
            box.showPopup()
            self._qtbot.wait(200)  # the numbers beside the values come from another thread
            popup = QApplication.activePopupWidget()
            assert popup is not None
            yield f"{tab.key}-filter-{key}", popup
            popup.close()
        if tab.key not in _DATES:
            return
        week = DateRange(datetime.now(UTC) - timedelta(days=700), None)
        status = "DEFERRED" if tab.key == "queue" else "FAIL"
        query = TableQuery().with_filter("status", OneOf((status,)))
        query = query.with_filter("email", TextFilter("example"))
        tab.show_query(query.with_filter(_DATES[tab.key], week))
        self._rest()
        yield f"{tab.key}-chips", self._window

    def _dialogs(self) -> Iterator[Scene]:
        for name, show in self._openers().items():
            show()
            self._qtbot.waitUntil(lambda: bool(self._open_dialogs()), timeout=_TIMEOUT)
            dialog = self._open_dialogs()[-1]
            self._qtbot.wait(250)  # the values come from other threads
            yield name, dialog
            yield from self._other_pages(name, dialog)
            dialog.done(0)
            self._qtbot.waitUntil(lambda: not self._open_dialogs())

    def _other_pages(self, name: str, dialog: QDialog) -> Iterator[Scene]:
        for pages in dialog.findChildren(QTabWidget):
            shown = pages.currentIndex()
            for index in range(pages.count()):
                if index == shown:
                    continue
                pages.setCurrentIndex(index)
                self._rest()
                yield f"{name}-{index + 1}", dialog

    def _openers(self) -> dict[str, Callable[[], object]]:
        window = self._window
        providers, waiting, log = window.tab(ProvidersTab), window.tab(QueueTab), window.tab(LogTab)

        def act(name: str) -> Callable[[], object]:
            return child(window, QAction, name).trigger

        def export(tab: TableTab) -> None:
            window.show_tab(tab)
            tab.export()

        def details(tab: TableTab) -> None:
            window.show_tab(tab)
            tab.open_details(tab.model.id_at(0))  # type: ignore[attr-defined]

        def import_providers() -> None:
            window.show_tab(providers)
            transfer: ProviderTransfer = providers._transfer()
            path = self._folder / "providers.json"
            transfer.export_to(path)
            self._qtbot.waitUntil(path.exists, timeout=_TIMEOUT)
            self._rest()
            text = path.read_text(encoding="utf-8").replace("relay.example.org", "other.example")
            path.write_text(text, encoding="utf-8")
            transfer.preview(path)

        problem = KnownError("Email 17 is damaged: delete it, and import it again.")
        found = CheckReport((Finding(FindingKind(next(iter(FindingKind))), 2, (17, 18), problem),))
        refused = ImportResult(refused=[(Path("a letter.eml"), problem)])
        icons = window.icons
        return {
            "provider": lambda: providers.open_provider(1),
            "provider-folder": lambda: providers.open_provider(3),
            "new-provider": act("newProviderAction"),
            "provider-import": import_providers,
            "preferences": act("preferencesAction"),
            "new-message": act("newMessageAction"),
            "export-queue": lambda: export(waiting),
            "queue-details": lambda: details(waiting),
            "log-details": lambda: details(log),
            "check-report": CheckReportDialog(found, icons, window).open,
            "import-report": ImportReport(refused, icons, window).open,
            "send-again": self._send_again,
            "crash-report": lambda: self._crash(CrashKind.ERROR, times=3),
            "crash-of-the-sender": lambda: self._crash(CrashKind.SENDER),
            "crash-of-an-earlier-run": lambda: self._crash(CrashKind.EARLIER),
            "about": about_box(window, icons, "mailadmin.db", "3.54.1").open,
            "licenses": lambda: licenses_dialog(window).open(),
        }

    def _crash(self, kind: CrashKind, times: int = 1) -> None:
        try:
            self._fail()
        except ZeroDivisionError as error:
            uncaught = Uncaught(type(error), error, error.__traceback__, "MainThread")
            report = replace(describe(uncaught, Redaction()), kind=kind)
        dialog = CrashDialog(
            report, count=times, folder=self._folder, icons=self._window.icons, parent=self._window
        )
        dialog.open()

    def _fail(self) -> None:
        raise ZeroDivisionError("division by zero")

    def _send_again(self) -> None:
        log = self._window.tab(LogTab)
        self._window.show_tab(log)
        value = log.model.value_at(0)
        assert value is not None
        store = Store.open(self._database, standard_drivers())
        dialog = SendAgainDialog(
            store,
            value.stored_id,
            background=log.background,
            icons=self._window.icons,
            parent=self._window,
        )
        dialog.finished.connect(store.close)
        dialog.open()

    def _messages(self) -> Iterator[Scene]:
        tab = self._window.tab(QueueTab)
        self._window.show_tab(tab)
        progress = BulkProgress(
            tab.message, tab.background, tab.tr("{done} of {total} deleted…"), 100_000, tab
        )
        self._qtbot.waitUntil(tab.message.isVisible)
        self._rest()
        yield "bulk-progress", self._window
        progress.end()
        tab.message.dismiss()
        tab.table.verticalScrollBar().setValue(100)
        store = Store.open(self._database, standard_drivers())
        queue(store, 5)
        store.close()
        tab.refresh()
        button = child(tab.table, QWidget, "newRowsButton")
        self._qtbot.waitUntil(button.isVisible, timeout=_TIMEOUT)
        self._rest()
        yield "new-rows", self._window
        for number, action in enumerate(self._window.menuBar().actions(), 1):
            menu = action.menu()
            assert isinstance(menu, QMenu)
            menu.popup(self._window.mapToGlobal(QPoint(60, 60)))
            yield f"menu-{number}", menu
            menu.close()

    def _open_dialogs(self) -> list[QDialog]:
        return [each for each in self._window.findChildren(QDialog) if each.isVisible()]

    def _rest(self) -> None:
        self._qtbot.wait(_CALM)
