"""The window beside other programs, without a keyring, and with a database it can't use."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import apsw
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QTableView
from pytestqt.qtbot import QtBot

from mailadmin.credentials import CredentialResolver
from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.app import run_window
from mailadmin.ui.mail.queue_tab import QueueTab
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.servers.aiosmtpd_server import AiosmtpdServer
from tests.smtp_providers import smtp_provider
from tests.ui.application import running_window
from tests.ui.finding import child

_ROOT = Path(__file__).parents[2]


def command(database: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run the command line on a database; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "mailadmin", "--database", str(database), *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=_ROOT,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def column(table: QTableView, title: str) -> list[str]:
    """Return the texts of one column."""
    model = table.model()
    titles = [
        model.headerData(section, Qt.Orientation.Horizontal)
        for section in range(model.columnCount())
    ]
    section = titles.index(title)
    return [str(model.index(row, section).data()) for row in range(model.rowCount())]


def test_the_window_sends_mail_and_shows_providers_of_the_command_line(
    tmp_path: Path, qtbot: QtBot, plain_server: AiosmtpdServer
) -> None:
    database = tmp_path / "mail.db"
    with running_window(tmp_path, database=database) as window:
        queue = child(window, QTableView, "queueTable")
        providers = child(window, QTableView, "providersTable")
        log = child(window, QTableView, "logTable")
        letter = b"To: ann@example.org\nSubject: From a script\n\nHi\n"
        (queue_id,) = command(database, "enqueue", "-", stdin=letter).split()
        qtbot.waitUntil(lambda: column(queue, "Subject") == ["From a script"])
        command(
            database, "providers", "add", "--caption", "Relay", "--host", "127.0.0.1",
            "--port", str(plain_server.port), "--encryption", "none",
            "--send-from", "office@example.org",
        )  # fmt: skip
        qtbot.waitUntil(lambda: column(providers, "Caption") == ["Relay"])
        qtbot.waitUntil(lambda: column(log, "Status") == ["SUCCESS"])
        logged = json.loads(command(database, "log", "list", "--json"))
        assert [(entry["id"], entry["status"]) for entry in logged] == [(int(queue_id), "SUCCESS")]
    assert len(plain_server.received) == 1


@pytest.mark.parametrize("keyring", ["no_keyring", "locked_keyring"])
def test_a_provider_without_its_password_waits_while_another_one_sends(
    keyring: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    qtbot: QtBot,
    plain_server: AiosmtpdServer,
) -> None:
    request.getfixturevalue(keyring)
    database = tmp_path / "mail.db"
    store = Store.open(database, standard_drivers())
    waiting = smtp_provider(
        "Needs a password", "smtp.example.org", 587, "a@example.org", username="me"
    )
    store.providers.add(waiting)
    store.close()
    credentials = CredentialResolver()
    with running_window(tmp_path, database=database, credentials=credentials) as window:
        label = child(window, QLabel, "senderStateLabel")
        qtbot.waitUntil(lambda: label.text() == "Password needed for Needs a password")
        notice = child(window, InlineMessage, "noticeMessage")
        qtbot.waitUntil(lambda: "Needs a password" in notice.text)
        providers = child(window, QTableView, "providersTable")
        qtbot.waitUntil(lambda: column(providers, "Health") == ["Password needed"])
        notice.dismiss()
        shown: list[str] = []
        notice.dismissed.connect(lambda: shown.append("again"))
        other = Store.open(database, standard_drivers())
        other.providers.add(
            smtp_provider(
                "Open",
                "127.0.0.1",
                plain_server.port,
                "b@example.org",
                encryption=Encryption.NONE,
                priority=99,
            )
        )
        content = b"Subject: x\r\n\r\nx\r\n"
        other.queue.enqueue([NewMessage(content, ("a@x.org", "b@x.org"), "x", "<1@x.org>")])
        other.close()
        log = child(window, QTableView, "logTable")
        qtbot.waitUntil(lambda: column(log, "Status") == ["SUCCESS"] * 2)
        assert notice.text == ""  # one notice, not one for each message
    assert len(plain_server.received) == 2


class Options:
    """The options that the command line passes to the window."""

    def __init__(self, database: Path) -> None:
        self.database: str | None = str(database)
        self.demo = self.portable = False
        self.files: list[str] = []


@pytest.mark.parametrize("kind", ["newer", "text"])
def test_a_database_that_can_not_be_opened_is_explained_and_left_alone(
    kind: str, tmp_path: Path, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mail.db"
    if kind == "newer":
        Store.open(path, standard_drivers()).close()
        connection = apsw.Connection(str(path))
        connection.execute("INSERT INTO schema_version VALUES (9999, '2040-01-01', '99.0')")
        connection.close()
    else:
        path.write_text("not a database\n" * 99)
    before = path.read_bytes()
    said: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        if box is None:  # the box is not there yet
            QTimer.singleShot(50, answer)
            return
        assert isinstance(box, QMessageBox)
        said.append(box.text())
        box.accept()

    QTimer.singleShot(50, answer)
    assert run_window(Options(path)) == 1
    (sentence,) = said
    assert "It was left as it is" in sentence
    assert "--database" in sentence
    assert sentence in capsys.readouterr().err
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["mail.db"]


def test_a_locked_database_does_not_block_the_window_and_is_reported(
    tmp_path: Path, qtbot: QtBot, plain_server: AiosmtpdServer
) -> None:
    database = tmp_path / "mail.db"
    store = Store.open(database, standard_drivers())
    provider = smtp_provider(
        "Relay", "127.0.0.1", plain_server.port, "a@x.org", encryption=Encryption.NONE
    )
    store.providers.add(replace(provider))
    store.close()
    with running_window(tmp_path, database=database) as window:
        label = child(window, QLabel, "senderStateLabel")
        qtbot.waitUntil(lambda: label.text() == "Nothing to send")
        other = Store.open(database, standard_drivers())
        other.queue.enqueue(
            [NewMessage(b"Subject: x\r\n\r\nx\r\n", ("a@x.org",), "x", "<1@x.org>")]
        )
        other._database.peewee.execute_sql("BEGIN EXCLUSIVE")
        ticks = [time.monotonic()]
        timer = QTimer()
        timer.timeout.connect(lambda: ticks.append(time.monotonic()))
        timer.start(20)
        qtbot.waitUntil(lambda: "locked by another program" in label.text())
        window.show_tab(window.tab(QueueTab))
        window.tab(QueueTab).table.selectAll()
        qtbot.waitUntil(child(window, QAction, "holdAction").isEnabled)
        child(window, QAction, "holdAction").trigger()
        message = child(window, InlineMessage, "queueMessage")
        qtbot.waitUntil(lambda: "locked by another program" in message.text)
        # A write waits five seconds for the lock: the GUI thread must have no such gap.
        assert max(later - earlier for earlier, later in pairwise(ticks)) < 3
        other._database.peewee.execute_sql("ROLLBACK")
        other.close()
        log = child(window, QTableView, "logTable")
        qtbot.waitUntil(lambda: column(log, "Status") == ["SUCCESS"])
