"""The import of .eml files queues the good ones and reports each bad one with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import StorageFull
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from mailadmin.ui.compose import import_files
from mailadmin.ui.compose.import_files import FileImport, ImportResult
from mailadmin.ui.compose.import_report import ImportReport
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from tests.ui.finding import child

GOOD = b"From: office@example.org\r\nTo: ann@example.org\r\nSubject: Hello\r\n\r\nDear Ann\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.eml").write_bytes(GOOD)
    (tmp_path / "two.eml").write_bytes(GOOD.replace(b"ann@", b"bob@example.org, carol@"))
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "nobody.eml").write_bytes(GOOD.replace(b"To: ann@example.org\r\n", b""))
    (tmp_path / "large.eml").write_bytes(GOOD + b"x" * 20_000)
    (tmp_path / "binary.eml").write_bytes(bytes(range(256)) * 4)
    return tmp_path


def run(qtbot: QtBot, importing: FileImport, paths: list[Path]) -> ImportResult:
    with qtbot.waitSignal(importing.finished) as finished:
        importing.start(paths)
    result: ImportResult = finished.args[0]
    return result


def test_good_files_are_queued_and_bad_ones_reported(
    qtbot: QtBot, store: Store, background: Background, folder: Path
) -> None:
    importing = FileImport(store, background, size_limit=10_000)
    names = ["good", "empty", "nobody", "large", "binary", "two", "missing"]
    result = run(qtbot, importing, [folder / f"{name}.eml" for name in names])
    assert [path.stem for path, _ in result.taken] == ["good", "two"]
    assert [path.stem for path, _ in result.refused] == [
        "empty",
        "nobody",
        "large",
        "binary",
        "missing",
    ]
    assert all(str(error) for _, error in result.refused)
    rows = store.queue.rows(store.queue.ids(TableQuery("id", descending=False)))
    assert [row.email for row in rows] == [
        "ann@example.org",
        "bob@example.org",
        "carol@example.org",
    ]
    assert result.summary() == (
        "2 messages were queued, for 3 recipients. 5 files could not be imported."
    )
    assert not importing.running


def test_many_files_are_queued_in_batches(
    qtbot: QtBot,
    store: Store,
    background: Background,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_files, "_FILES_AT_ONCE", 3)
    importing = FileImport(store, background)
    steps: list[tuple[int, int]] = []
    importing.progressed.connect(lambda done, count: steps.append((done, count)))
    paths = [folder / f"{number}.eml" for number in range(10)]
    for number, path in enumerate(paths):
        path.write_bytes(GOOD + b"%d" % number)
    result = run(qtbot, importing, paths)
    assert len(result.taken) == store.queue.count() == 10
    assert steps == [(3, 10), (6, 10), (9, 10), (10, 10)]
    assert result.summary() == "10 messages were queued, for 10 recipients."


def test_files_added_during_an_import_are_imported_too(
    qtbot: QtBot, store: Store, background: Background, folder: Path
) -> None:
    importing = FileImport(store, background)
    with qtbot.waitSignal(importing.finished) as finished:
        importing.start([folder / "good.eml"])
        importing.start([folder / "two.eml"])
    assert len(finished.args[0].taken) == 2


def test_a_full_disk_is_the_reason_for_every_file(
    qtbot: QtBot,
    store: Store,
    background: Background,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_messages: object, *, skip_known: bool) -> list[list[int]]:
        raise StorageFull("There is no space left. Make room and try again.")

    monkeypatch.setattr(store.queue, "enqueue", full)
    monkeypatch.setattr(import_files, "_FILES_AT_ONCE", 2)
    result = run(qtbot, FileImport(store, background), [folder / "good.eml"] * 5)
    assert result.taken == []
    assert len(result.refused) == 5
    assert result.summary() == "Nothing was queued. 5 files could not be imported."


def test_the_report_lists_files_and_reasons(
    qtbot: QtBot, store: Store, background: Background, icons: Icons, folder: Path
) -> None:
    names = ["empty.eml", "nobody.eml", "good.eml"]
    result = run(qtbot, FileImport(store, background), [folder / name for name in names])
    report = ImportReport(result, icons)
    qtbot.addWidget(report)
    report.show()
    assert child(report, QLabel, "importSummary").text() == result.summary()
    files = child(report, QTreeWidget, "refusedFiles")
    assert files.topLevelItemCount() == 2
    item = files.topLevelItem(0)
    assert item is not None
    assert item.text(0) == "empty.eml"
    assert str(folder) not in item.text(1)
    QTest.mouseClick(child(report, QPushButton, "copyReportButton"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().startswith("empty.eml\t")
    QTest.keyClick(report, Qt.Key.Key_Escape)
    assert not report.isVisible()


def test_a_file_imported_before_is_left_out(
    qtbot: QtBot, store: Store, background: Background, folder: Path
) -> None:
    importing = FileImport(store, background)
    run(qtbot, importing, [folder / "good.eml"])
    result = run(qtbot, importing, [folder / "good.eml", folder / "two.eml"])
    assert (len(result.taken), result.known, store.queue.count()) == (1, 1, 3)
    assert "1 file was queued or sent before and was left out" in result.summary()
    again = run(qtbot, importing, [folder / "good.eml", folder / "two.eml"])
    assert again.summary().startswith("Nothing was queued. 2 files were queued or sent before")
