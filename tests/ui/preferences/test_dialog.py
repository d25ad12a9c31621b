"""Preferences: the retry schedule with its preview, and what to do in doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.delivery.deliverer import Deliverer
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import standard_drivers
from mailadmin.place.paths import AppPaths
from mailadmin.preferences import PREFERENCES, Preference, Preferences
from mailadmin.store import Store
from mailadmin.ui.app import build
from mailadmin.ui.preferences.dialog import PreferencesDialog
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.sender import Sender
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.words.durations import in_words
from tests.preferences.other import OTHER
from tests.ui.application import running_window
from tests.ui.finding import child
from tests.ui.locking import locked


def stored(store: Store) -> Preferences:
    return store.settings.preferences(Preferences())


class Opened:
    """The shown dialog and its parts."""

    def __init__(self, qtbot: QtBot, dialog: PreferencesDialog) -> None:
        self.qtbot = qtbot
        self.dialog = dialog
        self.results: list[int] = []
        dialog.finished.connect(self.results.append)
        dialog.open()
        qtbot.waitUntil(self.button("okButton").isEnabled)

    def edit(self, name: str) -> QLineEdit:
        return child(self.dialog, QLineEdit, f"retry{name}Edit")

    def button(self, name: str) -> QPushButton:
        return child(self.dialog, QPushButton, name)

    def press(self, name: str) -> None:
        QTest.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    @property
    def never(self) -> QCheckBox:
        return child(self.dialog, QCheckBox, "neverDuplicateCheck")

    @property
    def times(self) -> list[str]:
        shown = child(self.dialog, QListWidget, "retryPreview")
        return [shown.item(row).text() for row in range(shown.count())]

    @property
    def total(self) -> str:
        return child(self.dialog, QLabel, "retryTotal").text()

    def problem(self, name: str) -> str:
        label = child(self.dialog, QLabel, f"{name}Problem")
        return label.text() if label.isVisible() else ""


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    window = QWidget()
    window.resize(900, 700)
    window.show()
    yield window
    for dialog in window.findChildren(PreferencesDialog):
        dialog.done(0)
    window.close()


@pytest.fixture
def open_dialog(
    qtbot: QtBot, window: QWidget, store: Store, background: Background, icons: Icons
) -> Opened:
    store.settings.save(OTHER)
    return Opened(qtbot, PreferencesDialog(store, background, icons=icons, parent=window))


def test_it_shows_what_is_stored(open_dialog: Opened) -> None:
    assert open_dialog.edit("Delays").text() == "1m30s"
    assert open_dialog.edit("Repeat").text() == "1h"
    assert open_dialog.edit("Expiry").text() == "2h"
    assert child(open_dialog.dialog, QSpinBox, "retryJitterSpin").value() == 10
    assert open_dialog.never.isChecked()
    assert not open_dialog.button("applyButton").isEnabled()


def test_ok_stores_it_and_closes(open_dialog: Opened, store: Store) -> None:
    open_dialog.edit("Delays").setText("1m, 10m")
    open_dialog.edit("Expiry").setText("1d")
    open_dialog.never.setChecked(False)
    open_dialog.press("okButton")
    open_dialog.qtbot.waitUntil(lambda: open_dialog.results == [1])
    assert stored(store) == replace(
        OTHER, retry_delays=(60.0, 600.0), retry_expiry=86400.0, never_duplicate=False
    )


def test_ok_without_a_change_stores_nothing(open_dialog: Opened, store: Store) -> None:
    changed: list[Topic] = []
    store.subscribe(changed.append)
    open_dialog.press("okButton")
    assert open_dialog.results == [1]
    assert changed == []


def test_apply_stores_it_and_stays(open_dialog: Opened, store: Store) -> None:
    apply = open_dialog.button("applyButton")
    open_dialog.edit("Repeat").setText("30m")
    assert apply.isEnabled()
    open_dialog.press("applyButton")
    open_dialog.qtbot.waitUntil(lambda: stored(store).retry_repeat == 1800)
    open_dialog.qtbot.waitUntil(open_dialog.edit("Repeat").isEnabled)
    assert open_dialog.dialog.isVisible()
    assert not apply.isEnabled()
    open_dialog.edit("Repeat").setText("40m")
    assert apply.isEnabled()
    open_dialog.edit("Repeat").setText("0.5h")  # the same as what is stored
    assert not apply.isEnabled()


def test_cancel_changes_nothing(open_dialog: Opened, store: Store) -> None:
    open_dialog.edit("Repeat").setText("30m")
    open_dialog.press("cancelButton")
    assert open_dialog.results == [0]
    assert stored(store) == OTHER


def test_defaults_are_shown_first_and_stored_with_ok(open_dialog: Opened, store: Store) -> None:
    open_dialog.press("restoreDefaultsButton")
    assert open_dialog.edit("Delays").text() == "1m 5m 15m 30m 1h 2h"
    assert not open_dialog.never.isChecked()
    assert stored(store) == OTHER
    open_dialog.press("okButton")
    open_dialog.qtbot.waitUntil(lambda: bool(open_dialog.results))
    assert stored(store) == Preferences()


def test_the_preview_follows_what_is_typed(open_dialog: Opened) -> None:
    assert [line.split(" · ")[0] for line in open_dialog.times] == [
        *("Retry 1 after 1 min 30 s", "Retry 2 after 1 h 1 min", "Retry 3 after 2 h"),
    ]
    assert "is tried 4 times until" in open_dialog.total
    edit = open_dialog.edit("Delays")
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "1m 5m")
    assert [line.split(" · ")[0] for line in open_dialog.times][:2] == [
        *("Retry 1 after 1 min", "Retry 2 after 6 min"),
    ]
    open_dialog.edit("Expiry").setText("30d")
    assert len(open_dialog.times) == 51
    assert open_dialog.times[-1].startswith("… and ")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("Delays", "1m 5"),
        ("Delays", "0s 5m"),
        ("Repeat", ""),
        ("Repeat", "0s"),
        ("Expiry", "5 days"),
        ("Expiry", "31d"),
        ("Expiry", "1s"),
    ],
)
def test_what_can_t_be_used_is_said_at_once_beside_its_field(
    open_dialog: Opened, store: Store, field: str, text: str
) -> None:
    problem = f"retry_{field.lower()}"
    open_dialog.edit(field).setText(text)
    assert open_dialog.problem(problem)
    assert open_dialog.edit(field).accessibleDescription() == open_dialog.problem(problem)
    assert open_dialog.times == []
    assert not open_dialog.button("applyButton").isEnabled()
    open_dialog.press("okButton")
    assert not open_dialog.results
    assert open_dialog.dialog.focusWidget() is open_dialog.edit(field)
    assert stored(store) == OTHER
    open_dialog.edit(field).setText("1h")
    assert not open_dialog.problem(problem)
    assert open_dialog.times


def test_a_failure_to_store_keeps_what_was_entered(
    open_dialog: Opened, store: Store, background: Background, tmp_path: Path
) -> None:
    with open_dialog.qtbot.waitCallback() as set_up:
        background.write(lambda: store.be_patient(0.05), set_up)
    open_dialog.edit("Repeat").setText("30m")
    with locked(tmp_path / "mailadmin.db"):
        open_dialog.press("okButton")
        message = child(open_dialog.dialog, InlineMessage, "preferencesMessage")
        open_dialog.qtbot.waitUntil(lambda: "locked" in message.text)
    assert open_dialog.edit("Repeat").text() == "30m"
    open_dialog.qtbot.waitUntil(open_dialog.button("okButton").isEnabled)
    open_dialog.press("okButton")
    open_dialog.qtbot.waitUntil(lambda: bool(open_dialog.results))
    assert stored(store).retry_repeat == 1800


def test_the_tab_key_goes_down(open_dialog: Opened) -> None:
    open_dialog.edit("Delays").setFocus()
    order = []
    for _ in range(9):
        focused = open_dialog.dialog.focusWidget()
        assert focused is not None
        order.append(focused.objectName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert order == [
        "retryDelaysEdit",
        "retryRepeatEdit",
        "retryExpiryEdit",
        "retryJitterSpin",
        "retryPreview",
        "neverDuplicateCheck",
        "restoreDefaultsButton",
        "okButton",
        "cancelButton",
    ]
    for kind in (QLineEdit, QSpinBox, QListWidget):
        for control in open_dialog.dialog.findChildren(kind):
            if control.objectName() != "qt_spinbox_lineedit":
                assert control.accessibleName(), control.objectName()


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_it_can_be_used_in_800_by_500(
    qtbot: QtBot,
    qapp: QApplication,
    window: QWidget,
    store: Store,
    background: Background,
    icons: Icons,
    factor: float,
) -> None:
    before = qapp.font()
    font = qapp.font()
    font.setPointSizeF(font.pointSizeF() * factor)
    qapp.setFont(font)
    try:
        opened = Opened(qtbot, PreferencesDialog(store, background, icons=icons, parent=window))
        opened.dialog.resize(800, 500)
        QApplication.processEvents()
        assert (opened.dialog.width(), opened.dialog.height()) == (800, 500)
        area = child(opened.dialog, QScrollArea, "preferencesScroll")
        assert area.horizontalScrollBar().maximum() == 0
        area.ensureWidgetVisible(opened.never)
        assert not opened.never.visibleRegion().isEmpty()
    finally:
        qapp.setFont(before)


def test_the_menu_opens_it_and_the_sender_follows_without_a_restart(
    tmp_path: Path, qtbot: QtBot
) -> None:
    with running_window(tmp_path) as window:
        label = child(window, QLabel, "senderStateLabel")
        qtbot.waitUntil(lambda: label.text() == "No enabled provider")
        action = child(window, QAction, "preferencesAction")
        assert action in window.edit_menu.actions()
        assert action.shortcut().toString() == "Ctrl+,"
        action.trigger()
        opened = Opened(qtbot, child(window, PreferencesDialog, "preferencesDialog"))
        opened.never.setChecked(True)
        opened.press("okButton")
        qtbot.waitUntil(lambda: not window.findChildren(PreferencesDialog))
        deliverer = window.findChildren(Sender)[0]._deliverer
        assert isinstance(deliverer, Deliverer)
        qtbot.waitUntil(lambda: deliverer._context.options.never_duplicate)


def test_where_nothing_is_stored_the_sender_s_own_options_are_shown(
    qtbot: QtBot, window: QWidget, store: Store, background: Background, icons: Icons
) -> None:
    opened = Opened(
        qtbot, PreferencesDialog(store, background, icons=icons, defaults=OTHER, parent=window)
    )
    assert opened.edit("Delays").text() == "1m30s"
    opened.edit("Delays").setText("1m")
    opened.press("restoreDefaultsButton")
    assert opened.edit("Delays").text() == "1m30s"
    assert not opened.button("applyButton").isEnabled()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (6660, "1 h 51 min"), (90061, "1 d 1 h")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@pytest.mark.parametrize("preference", PREFERENCES, ids=lambda preference: preference.key)
def test_every_declared_preference_is_in_the_dialog(
    open_dialog: Opened, store: Store, preference: Preference[Any]
) -> None:
    """It has one control, with the declared texts, that shows and stores its value alone."""
    first, *rest = preference.key.split("_")
    name = first + "".join(map(str.capitalize, rest))
    (control,) = [
        widget
        for widget in open_dialog.dialog.findChildren(QWidget)
        if re.fullmatch(f"{name}(Edit|Spin|Check)", widget.objectName())
    ]
    assert control.toolTip() == preference.description
    note = child(open_dialog.dialog, QLabel, f"{name}Note")
    assert (note.text(), note.isVisible()) == (preference.note, bool(preference.note))
    default = preference.default
    if isinstance(control, QCheckBox):
        assert control.text() == preference.label
        control.setChecked(default)
    else:
        (label,) = [
            label
            for label in open_dialog.dialog.findChildren(QLabel)
            if label.text() == preference.label
        ]
        assert label.buddy() is control
        assert control.accessibleName()
        if isinstance(control, QSpinBox):
            control.setValue(round(default * 100))
        else:
            assert isinstance(control, QLineEdit)
            control.setText(preference.kind.show(default))
    assert preference.of(OTHER) != default
    open_dialog.press("okButton")
    open_dialog.qtbot.waitUntil(lambda: bool(open_dialog.results))
    assert stored(store) == replace(OTHER, **{preference.key: default})


def test_a_window_follows_what_another_program_sets(tmp_path: Path, qtbot: QtBot) -> None:
    (never,) = [each for each in PREFERENCES if each.key == "never_duplicate"]
    with running_window(tmp_path) as window:
        label = child(window, QLabel, "senderStateLabel")
        qtbot.waitUntil(lambda: label.text() == "No enabled provider")
        deliverer = window.findChildren(Sender)[0]._deliverer
        assert isinstance(deliverer, Deliverer)
        assert not deliverer._context.options.never_duplicate
        other = Store.open(tmp_path / "mail.db", standard_drivers())
        other.settings.prefer(never, True)
        other.close()
        qtbot.waitUntil(lambda: deliverer._context.options.never_duplicate)
        child(window, QAction, "preferencesAction").trigger()
        opened = Opened(qtbot, child(window, PreferencesDialog, "preferencesDialog"))
        assert opened.never.isChecked()
        opened.press("cancelButton")


def test_the_dialog_of_a_demo_has_the_defaults_of_the_demo(tmp_path: Path, qtbot: QtBot) -> None:
    _, window = build(["mailadmin", "--demo"], paths=AppPaths.below(tmp_path))
    window.show()
    try:
        label = child(window, QLabel, "senderStateLabel")
        qtbot.waitUntil(lambda: bool(label.text()))
        child(window, QAction, "preferencesAction").trigger()
        opened = Opened(qtbot, child(window, PreferencesDialog, "preferencesDialog"))
        assert opened.edit("Delays").text() == "6s 12s 24s"
        opened.edit("Delays").setText("1m")
        opened.press("restoreDefaultsButton")
        assert opened.edit("Delays").text() == "6s 12s 24s"
        opened.press("cancelButton")
    finally:
        window.close()
        window.deleteLater()
        QApplication.sendPostedEvents()
