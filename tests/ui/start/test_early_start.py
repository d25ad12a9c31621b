"""The window is painted before the store is opened, and can be used safely in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QTableView, QTabWidget
from pytestqt.qtbot import QtBot

from mailadmin.drivers.registry import standard_drivers
from mailadmin.place.location import parse_location
from mailadmin.place.paths import AppPaths
from mailadmin.store import Store
from mailadmin.ui.mail.log_tab import LogTab
from mailadmin.ui.providers.providers_tab import ProvidersTab
from mailadmin.ui.start import early_start
from mailadmin.ui.start.early_start import EarlyStart
from mailadmin.ui.start.single_instance import SingleInstance
from mailadmin.ui.start.tab_list import TABS
from mailadmin.ui.theme.appearance import Appearance
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.window.main_window import MainWindow
from tests.ui.finding import child

_ROOT = Path(__file__).parents[3]

# Runs the program; its first argument is code that is given `window` after the first paint.
_PROGRAM = """
import sys, threading, time
from PySide6.QtWidgets import QApplication
from mailadmin.ui.start import early_start

def shown(run=QApplication.exec):
    (window,) = (each for each in QApplication.topLevelWidgets() if each.isVisible())
    early_start.FirstPaint(window).painted.connect(
        lambda: exec(sys.argv[1], globals() | {"window": window})
    )
    return run()

QApplication.exec = lambda *_: shown()
open_store = early_start._open
from mailadmin.__main__ import main
sys.exit(main(["--database", sys.argv[2]]))
"""
_SLOWLY = """
import time
from mailadmin.ui.start import early_start
def slowly(location, open_store=early_start._open):
    print("opening", flush=True)
    time.sleep(2)
    return open_store(location)
early_start._open = slowly
"""


@contextmanager
def program(folder: Path, after_paint: str, before: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run the real program on a database in `folder`, in a process of its own."""
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
    }
    with subprocess.Popen(
        [sys.executable, "-c", before + _PROGRAM, after_paint, str(folder / "mail.db")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=_ROOT,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error."""
    output, complaints = process.communicate(timeout=60)
    return process.returncode, output, complaints


@pytest.fixture(autouse=True)
def no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window takes over the signals of its process, which must not happen in the tests' own."""
    monkeypatch.setattr("mailadmin.ui.start.termination.Termination", lambda _window: None)


@contextmanager
def early_window(folder: Path, qapp: QApplication, *, shown: bool = True) -> Iterator[MainWindow]:
    """Make the window as `run_window` does."""
    paths = AppPaths.below(folder)
    location = parse_location(folder / "mail.db")
    settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    instance = SingleInstance(str(location))
    window = MainWindow(
        TABS,
        icons=Icons(paths.icons_dir),
        settings=settings,
        appearance=Appearance(qapp, settings),
        location=location,
    )
    EarlyStart(window, location, instance)
    window.setVisible(shown)
    try:
        yield window
    finally:
        window.close()
        instance.close()
        window.deleteLater()
        QApplication.sendPostedEvents()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Opening the store waits for this event, like a sleeping disk or a long migration."""
    gate = threading.Event()
    real = early_start._open

    def wait(location: object) -> object:
        assert gate.wait(60)
        return real(location)  # type: ignore[arg-type]

    monkeypatch.setattr(early_start, "_open", wait)
    yield gate
    gate.set()


def files_accepted(window: MainWindow) -> bool:
    """Return whether a file may be dropped on the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/tmp/letter.eml")])
    event = QDragEnterEvent(
        QPointF(9, 9),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dragEnterEvent(event)
    return event.isAccepted()


def test_the_first_paint_imports_no_library_of_later_steps(tmp_path: Path) -> None:
    late = (
        "apsw", "asyncio", "ctypes", "dataclasses", "email", "faulthandler", "keyring",
        "logging.handlers", "mailadmin.domain.provider", "mailadmin.diagnostics", "mailadmin.store",
        "mailadmin.ui.tab.table_tab", "peewee", "PySide6.QtNetwork", "smtplib", "socket", "sqlite3",
        "ssl",
    )  # fmt: skip
    code = (
        f"found = [name for name in {late!r} if name in sys.modules]\n"
        "import PySide6.QtCore\n"
        "found += ['Qt'] if 'Qt' in vars(PySide6.QtCore) else []\n"
        "print(found, flush=True)\nwindow.close()\n"
    )
    with program(tmp_path, code) as process:
        code_of_exit, output, complaints = ended(process)
    assert output == "[]\n"
    assert code_of_exit == 0
    assert "Traceback" not in complaints


def test_menus_tabs_and_toolbar_of_the_first_paint_stay(
    tmp_path: Path, qapp: QApplication, qtbot: QtBot, gate: threading.Event
) -> None:
    with early_window(tmp_path, qapp) as window:
        tabs = child(window, QTabWidget, "mainTabs")
        menus = [action.text() for action in window.menuBar().actions()]
        titles = [tabs.tabText(index) for index in range(tabs.count())]
        assert all(isinstance(tabs.widget(index), QTableView) for index in range(3))
        buttons = [action.text() for action in window._toolbar.actions() if action.text()]
        gate.set()
        qtbot.waitUntil(lambda: window.ready)
        assert [action.text() for action in window.menuBar().actions()] == menus
        assert [tabs.tabText(index) for index in range(tabs.count())] == titles
        assert list(window.tabs) == [tabs.widget(index) for index in range(3)]
        assert [action.text() for action in window._toolbar.actions() if action.text()][
            : len(buttons)
        ] == buttons


def test_no_action_but_quit_is_enabled_before_the_store_is_open(
    tmp_path: Path, qapp: QApplication, qtbot: QtBot, gate: threading.Event
) -> None:
    with early_window(tmp_path, qapp) as window:
        assert child(window, QLabel, "senderStateLabel").text() == "Opening the database…"
        qtbot.waitUntil(lambda: window.findChild(QAction, "aboutAction") is not None)
        for action in window.own_actions.findChildren(QAction):
            assert action.isEnabled() == (action.objectName() == "quitAction"), action.text()
            if action.objectName() != "quitAction":
                action.trigger()
        with qtbot.waitActive(window):
            window.activateWindow()
        tabs = child(window, QTabWidget, "mainTabs")
        for number in (3, 2, 1):
            QTest.keyClick(window, Qt.Key(ord(str(number))), Qt.KeyboardModifier.ControlModifier)
            assert tabs.currentIndex() == number - 1
            for key in (Qt.Key.Key_A, Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_Insert):
                QTest.keyClick(tabs.currentWidget(), key)
        assert not files_accepted(window)
        window.come_forward()
        assert not window.ready
        gate.set()
        qtbot.waitUntil(lambda: window.ready)
        assert all(action.isEnabled() for action in window.own_actions.findChildren(QAction))
        assert files_accepted(window)


def test_text_typed_into_the_search_before_the_store_is_open_is_searched(
    tmp_path: Path, qapp: QApplication, qtbot: QtBot, gate: threading.Event
) -> None:
    with early_window(tmp_path, qapp) as window:
        child(window, QTabWidget, "mainTabs").setCurrentIndex(2)
        search = child(window, QLineEdit, "searchEdit")
        search.setFocus()
        QTest.keyClicks(search, "ann")
        gate.set()
        qtbot.waitUntil(lambda: window.ready)
        log = window.tab(LogTab)
        assert window.current_tab is log
        qtbot.waitUntil(lambda: log.model.query.search == "ann")
        assert search.text() == "ann"
        assert window.tab(ProvidersTab).search == ""


def test_a_long_wait_for_the_store_is_explained(
    tmp_path: Path, qapp: QApplication, qtbot: QtBot, gate: threading.Event
) -> None:
    with early_window(tmp_path, qapp) as window:
        qtbot.waitUntil(lambda: "some minutes" in window.banner.text)
        gate.set()
        qtbot.waitUntil(lambda: window.ready)
        assert not window.banner.text


def test_a_window_that_is_not_painted_opens_the_store_too(
    tmp_path: Path, qapp: QApplication, qtbot: QtBot
) -> None:
    with early_window(tmp_path, qapp, shown=False) as window:
        qtbot.waitUntil(lambda: window.ready)
        window.show()
        qtbot.waitUntil(lambda: window.tab(ProvidersTab).model.loaded)


def test_the_second_of_two_simultaneous_starts_ends(
    tmp_path: Path, qapp: QApplication, qtbot: QtBot
) -> None:
    with early_window(tmp_path, qapp) as first:
        qtbot.waitUntil(lambda: first.ready)
        # The second start looked for a lock before the first one had it.
        with program(tmp_path, "", "from mailadmin.ui.start.single_instance import SingleInstance\n"
                     "SingleInstance.call_running = lambda self: False\n") as process:  # fmt: skip
            qtbot.waitUntil(lambda: process.poll() is not None)
            assert ended(process)[0] == 0
        assert first.isVisible()


def test_closing_right_after_the_first_paint_ends_properly(tmp_path: Path) -> None:
    with program(tmp_path, "window.close()") as process:
        code, _, complaints = ended(process)
    assert code == 0
    assert "Traceback" not in complaints
    assert (tmp_path / "config" / "mailadmin" / "window.ini").exists()


def test_closing_while_the_store_is_opened_does_not_wait_for_it(
    tmp_path: Path, qapp: QApplication, qtbot: QtBot, gate: threading.Event
) -> None:
    with early_window(tmp_path, qapp) as window:
        qtbot.waitUntil(lambda: window.findChild(QAction, "aboutAction") is not None)
        assert window.close()
        gate.set()
        qtbot.wait(200)  # no event is expected, so there is nothing to wait for
        assert not window.tabs
    Store.open(tmp_path / "mail.db", standard_drivers()).close()


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_the_start_closes_the_window(
    tmp_path: Path, number: signal.Signals
) -> None:
    with program(
        tmp_path, "early_start.QTimer.singleShot(0, lambda: print('painted', flush=True))", _SLOWLY
    ) as process:
        assert process.stdout is not None
        assert {process.stdout.readline(), process.stdout.readline()} == {"opening\n", "painted\n"}
        process.send_signal(number)
        code, _, complaints = ended(process)
    assert code == 0, complaints
    assert "Traceback" not in complaints
    assert (tmp_path / "config" / "mailadmin" / "window.ini").exists()  # closed, not killed


def test_a_second_start_raises_a_window_that_is_still_opening(tmp_path: Path) -> None:
    told = "window.come_forward = lambda: None\nprint('painted', flush=True)"
    raised = (
        "from mailadmin.ui.window.main_window import MainWindow\n"
        "MainWindow.come_forward = lambda self: (print('raised', flush=True), self.close())\n"
    )
    with program(tmp_path, told, _SLOWLY + raised) as first:
        assert first.stdout is not None
        lines = {first.stdout.readline() for _ in range(2)}
        assert lines == {"opening\n", "painted\n"}
        with program(tmp_path, "print('a window of its own', flush=True)") as second:
            code, output, _ = ended(second)
        assert (code, output) == (0, "")
        code, output, complaints = ended(first)
    assert output == "raised\n"
    assert code == 0, complaints
