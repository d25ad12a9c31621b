"""An inline message: its text, its button, how it disappears, how long text wraps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import NotFound
from mailadmin.place.paths import find_resources
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.ui.finding import child


@pytest.fixture
def message(qtbot: QtBot) -> Iterator[InlineMessage]:
    window = QWidget()
    message = InlineMessage(Icons(find_resources() / "icons", window), window)
    QVBoxLayout(window).addWidget(message)
    window.resize(400, 200)
    window.show()
    yield message
    window.close()


def test_a_message_is_hidden_until_it_is_shown(message: InlineMessage) -> None:
    assert not message.isVisible()
    assert message.text == ""
    message.show_error(NotFound("{what} is gone.", what="The provider"))
    assert message.isVisible()
    assert message.role is Role.BAD
    assert message.text == message.accessibleName() == "The provider is gone."


def test_the_button_of_a_message_triggers_its_action(qtbot: QtBot, message: InlineMessage) -> None:
    action = QAction("Save as new", message)
    button = child(message, QToolButton, "inlineMessageAction")
    message.show_warning("Gone.", action)
    with qtbot.waitSignal(action.triggered):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    message.show_info("Done.")
    assert not button.isVisible()


def test_a_message_can_be_closed_or_disappear_after_some_seconds(
    qtbot: QtBot, message: InlineMessage
) -> None:
    message.show_info("For long.")
    with qtbot.waitSignal(message.dismissed):
        QTest.mouseClick(
            child(message, QToolButton, "inlineMessageClose"), Qt.MouseButton.LeftButton
        )
    with qtbot.waitSignal(message.dismissed):
        message.show_ok("For a moment.", seconds=0.01)
    assert not message.isVisible()


def test_long_text_wraps_and_markup_is_shown_literally(
    qtbot: QtBot, message: InlineMessage
) -> None:
    message.show_error("<b>550</b> " + "rejected because of a long story " * 10)
    label = child(message, QLabel, "inlineMessageText")
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))
    assert label.text().startswith("<b>550</b>")
    assert message.width() <= 400
