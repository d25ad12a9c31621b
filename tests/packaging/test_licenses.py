"""The version of a build, the licences of its parts, and the dialog that shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QListWidget, QMessageBox, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin import __version__
from mailadmin.build import version_text
from mailadmin.licenses import works
from mailadmin.place.paths import find_resources
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.upkeep.about import about_box
from mailadmin.ui.upkeep.licenses_dialog import LicensesDialog
from tests.ui.finding import child


def test_the_version_says_that_the_program_runs_from_source() -> None:
    assert version_text() == f"{__version__} (from source)"


def test_the_version_names_commit_and_date_of_a_build(tmp_path: Path) -> None:
    build = {"version": "0.1.0", "commit": "abc1234", "date": "2026-11-25"}
    (tmp_path / "build.json").write_text(json.dumps(build))
    assert version_text(tmp_path) == "0.1.0 (build abc1234, 2026-11-25)"


def test_the_licences_of_a_source_tree_can_be_read() -> None:
    found = works(find_resources())
    assert found[0].name == "Mail Admin"
    assert all(len(work.read()) > 500 for work in found)


def test_the_licences_of_a_build_are_read_from_its_index(tmp_path: Path) -> None:
    folder = tmp_path / "licenses"
    folder.mkdir()
    (folder / "a.txt").write_text("first\n")
    (folder / "b.txt").write_text("second\n")
    entry = {"name": "Qt", "version": "6", "license": "LGPL", "texts": ["a.txt", "b.txt"]}
    (folder / "index.json").write_text(json.dumps([entry]))
    (work,) = works(tmp_path)
    assert (work.title, work.license, work.read()) == ("Qt 6", "LGPL", "first\n\nsecond")


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    yield made  # kept until the windows closed in it are deleted
    qtbot.wait(1)
    made.close()


def test_the_about_box_opens_the_licences(window: QWidget) -> None:
    box = about_box(window, Icons(find_resources() / "icons"), "mailadmin.db", "3.54.1")
    assert version_text() in box.text()
    assert isinstance(box, QMessageBox)
    box.open()
    child(box, QPushButton, "licensesButton").click()
    dialog = child(window, LicensesDialog, "licensesDialog")
    names = child(dialog, QListWidget, "licensesList")
    assert names.item(0).text() == "Mail Admin"
    assert (
        "Permission is hereby granted" in child(dialog, QPlainTextEdit, "licenseText").toPlainText()
    )
    names.setCurrentRow(names.count() - 1)
    assert "Lucide" in child(dialog, QPlainTextEdit, "licenseText").toPlainText()
    dialog.close()


def test_a_missing_licence_text_is_reported(qtbot: QtBot, tmp_path: Path) -> None:
    found = [work._replace(texts=(tmp_path / "gone",)) for work in works(find_resources())[:1]]
    dialog = LicensesDialog(found)
    qtbot.addWidget(dialog)
    assert "gone" in child(dialog, QPlainTextEdit, "licenseText").toPlainText()


@pytest.mark.parametrize("name", ["LGPL-3.0.txt", "GPL-3.0.txt", "Qt.txt"])
def test_licence_texts_that_wheels_lack_are_in_the_repository(name: str) -> None:
    folder = Path(__file__).resolve().parents[2] / "resources" / "bundle" / "texts"
    assert (folder / name).stat().st_size > 1000
