"""The documents that macOS names in events are reported as opened files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mailadmin.ui.start.file_open_events import FileOpenEvents


@pytest.fixture
def events(qapp: QApplication) -> Iterator[FileOpenEvents]:
    made = FileOpenEvents(qapp)
    yield made
    qapp.removeEventFilter(made)
    made.setParent(None)


def test_files_opened_together_are_reported_together(
    events: FileOpenEvents, qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    files = [tmp_path / "a letter.eml", tmp_path / "Brief für Ärzte.eml"]
    with qtbot.waitSignal(events.filesOpened, timeout=5000) as told:
        for file in files:
            QCoreApplication.postEvent(qapp, QFileOpenEvent(str(file)))
    assert told.args == [files]

    with qtbot.waitSignal(events.filesOpened, timeout=5000) as told:
        QCoreApplication.postEvent(qapp, QFileOpenEvent(QUrl.fromLocalFile(str(files[0]))))
    assert told.args == [files[:1]]


def test_an_event_without_a_file_is_left_to_qt(events: FileOpenEvents, qapp: QApplication) -> None:
    told: list[list[Path]] = []
    events.filesOpened.connect(told.append)
    event = QFileOpenEvent(QUrl("mailto:ann@example.org"))
    assert not events.eventFilter(qapp, event)
    QCoreApplication.sendEvent(qapp, event)
    QCoreApplication.processEvents()
    assert told == []
