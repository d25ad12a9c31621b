"""The provider dialog: fields, their problems, saving and closing."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.domain.provider import Encryption, StoredProvider
from mailadmin.providers.presets import PRESETS
from mailadmin.store import Store
from mailadmin.ui.widgets.form_rows import note
from mailadmin.ui.widgets.inline_message import InlineMessage
from tests.smtp_providers import settings_of, smtp_provider, with_changes
from tests.ui.finding import child
from tests.ui.provider_dialogs import Dialogs

STORED = smtp_provider(
    caption="Main",
    host="smtp.example.org",
    port=587,
    send_from="news@example.org",
    send_from_name="News",
    username="news",
    max_connections=7,
    limit_per_hour=500,
    priority=3,
)


@pytest.fixture
def stored(store: Store) -> StoredProvider:
    return store.providers.add(STORED)


def test_a_new_provider_is_stored_as_entered(dialogs: Dialogs, store: Store) -> None:
    dialog = dialogs.open()
    dialog.fill(
        caption=" Main relay ", host="smtp.example.org", username="news", sendFromName="The News"
    )
    dialog.choose(Encryption.SSL)
    dialog.spin("maxConnectionsSpin").setValue(9)
    saved = dialog.save()
    assert store.providers.list() == [saved]
    assert saved == with_changes(
        saved,
        caption="Main relay",
        host="smtp.example.org",
        port=465,
        encryption=Encryption.SSL,
        username="news",
        send_from="news@example.org",
        send_from_name="The News",
        enabled=True,
        max_connections=9,
    )


def test_editing_keeps_what_has_no_field(
    dialogs: Dialogs, store: Store, stored: StoredProvider
) -> None:
    dialog = dialogs.open(stored)
    assert dialog.edit("captionEdit").text() == "Main"
    assert dialog.spin("portSpin").value() == 587
    assert dialog.spin("maxConnectionsSpin").value() == 7
    dialog.type("sendFromNameEdit", "Other name")
    assert dialog.save() == replace(stored, send_from_name="Other name")
    assert store.providers.list() == [replace(stored, send_from_name="Other name")]


@pytest.mark.parametrize(
    ("field", "edit", "wrong", "right"),
    [
        ("caption", "captionEdit", "", "Main"),
        ("host", "hostEdit", "smtp://example.org", "smtp.example.org"),
        ("host", "hostEdit", "two words", "smtp.example.org"),
        ("send_from", "sendFromEdit", "nobody", "a@example.org"),
        ("send_from_name", "sendFromNameEdit", "\N{ZERO WIDTH SPACE}x", "x"),
        ("username", "usernameEdit", "a\N{RIGHT-TO-LEFT OVERRIDE}b", "ab"),
    ],
)
def test_a_wrong_value_is_named_beside_its_field(
    dialogs: Dialogs, store: Store, field: str, edit: str, wrong: str, right: str
) -> None:
    dialog = dialogs.open()
    dialog.fill()
    dialog.edit(edit).setText(wrong)
    dialog.click("saveButton")
    assert dialog.problem(field)
    assert dialog.edit(edit).accessibleDescription() == dialog.problem(field)
    assert dialog.dialog.focusWidget() is dialog.edit(edit)
    assert dialog.dialog.isVisible()
    assert store.providers.list() == []
    dialog.edit(edit).setText(right)
    assert not dialog.problem(field)
    dialog.save()


def test_a_field_is_checked_when_it_is_left(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    dialog.type("hostEdit", "not a host")
    assert not dialog.problem("host")
    QTest.keyClick(dialog.edit("hostEdit"), Qt.Key.Key_Tab)
    assert dialog.problem("host")
    dialog.type("hostEdit", "smtp.example.org")
    assert not dialog.problem("host")


def test_saving_an_empty_form_names_everything_and_goes_to_the_first(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    assert dialog.button("saveButton").isEnabled()
    dialog.click("saveButton")
    assert all(dialog.problem(field) for field in ("caption", "host", "send_from"))
    assert dialog.dialog.focusWidget() is dialog.edit("captionEdit")


def test_no_encryption_is_for_this_computer_alone(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    dialog.fill()
    dialog.choose(Encryption.NONE)
    assert dialog.problem("encryption")
    dialog.type("hostEdit", "localhost")
    assert not dialog.problem("encryption")
    assert dialog.save().encryption is Encryption.NONE


def test_the_port_follows_the_encryption_until_the_user_sets_it(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    port = dialog.spin("portSpin")
    assert port.value() == 587
    dialog.choose(Encryption.SSL)
    assert port.value() == 465
    dialog.choose(Encryption.TLS)
    assert port.value() == 587
    port.setValue(2525)
    dialog.choose(Encryption.SSL)
    assert port.value() == 2525


def test_a_stored_port_of_its_own_stays(dialogs: Dialogs, store: Store) -> None:
    dialog = dialogs.open(store.providers.add(with_changes(STORED, port=25)))
    dialog.choose(Encryption.SSL)
    assert dialog.spin("portSpin").value() == 25


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_presets_fill_in_the_service(dialogs: Dialogs, preset: object) -> None:
    dialog = dialogs.open()
    assert preset in PRESETS
    wanted = PRESETS[PRESETS.index(preset)]
    combo = dialog.combo("presetCombo")
    combo.setFocus()
    while combo.currentText() != wanted.name:
        QTest.keyClick(combo, Qt.Key.Key_Down)
    assert dialog.edit("hostEdit").text() == wanted.host
    assert dialog.spin("portSpin").value() == wanted.port
    assert dialog.combo("encryptionCombo").currentIndex() == list(Encryption).index(
        wanted.encryption
    )
    assert child(dialog.dialog, QLabel, "presetHint").text() == wanted.hint
    if wanted.username:
        assert dialog.edit("usernameEdit").text() == wanted.username


def test_a_preset_leaves_what_another_put_there_to_the_user(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    combo = dialog.combo("presetCombo")
    combo.setFocus()
    while combo.currentText() != "SendGrid":
        QTest.keyClick(combo, Qt.Key.Key_Down)
    assert dialog.edit("usernameEdit").text() == "apikey"
    assert dialog.edit("captionEdit").text() == "SendGrid"
    while combo.currentText() != "Postmark":
        QTest.keyClick(combo, Qt.Key.Key_Down)
    assert dialog.edit("usernameEdit").text() == ""
    assert dialog.edit("captionEdit").text() == "Postmark"


def test_a_service_with_a_daily_limit_is_warned_of(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    hint = child(dialog.dialog, QLabel, "dailyLimitHint")
    assert hint.isVisible()
    assert "daily limit" in hint.text()
    dialog.type("hostEdit", "smtp.gmail.com")
    assert hint.text().startswith("Gmail")
    dialog.type("hostEdit", "smtp.example.org")
    assert "Gmail" not in hint.text()


def test_the_other_form_of_a_host_is_shown(dialogs: Dialogs) -> None:
    """What a name in letters of several scripts looks like may not be what it is."""
    dialog = dialogs.open()
    hint = child(dialog.dialog, QLabel, "hostFormHint")
    assert not hint.isVisible()
    for host, form in (
        ("smtp.straße.example", "smtp.xn--strae-oqa.example"),
        ("smtp.xn--strae-oqa.example", "smtp.straße.example"),
        ("pаypal.example", "xn--pypal-4ve.example"),  # with a Cyrillic а
    ):
        dialog.edit("hostEdit").setText(host)  # QTest types ASCII alone
        assert hint.isVisible()
        assert hint.text() == f"The same as {form}"
    dialog.type("hostEdit", "smtp.strasse.example")
    assert not hint.isVisible()


def test_the_only_enabled_provider_says_why_it_stays_enabled(
    dialogs: Dialogs, stored: StoredProvider, store: Store
) -> None:
    dialog = dialogs.open(stored)
    check = dialog.check("enabledCheck")
    dialog.qtbot.waitUntil(lambda: not check.isEnabled())
    assert "only enabled provider" in check.toolTip()
    dialog.dialog.done(0)
    store.providers.add(replace(STORED, uid="another"))
    dialog = dialogs.open(stored)
    check = dialog.check("enabledCheck")
    check.setChecked(False)
    assert not dialog.save().enabled


def test_the_rule_is_told_at_the_box_when_it_was_broken_meanwhile(
    dialogs: Dialogs, stored: StoredProvider, store: Store
) -> None:
    other = store.providers.add(replace(STORED, uid="another"))
    dialog = dialogs.open(stored)
    dialog.check("enabledCheck").setChecked(False)
    store.providers.remove(other.id)
    dialog.click("saveButton")
    dialog.qtbot.waitUntil(lambda: bool(dialog.problem("enabled")))
    assert store.providers.list() == [stored]


def test_a_provider_deleted_meanwhile_can_be_saved_as_new(
    dialogs: Dialogs, stored: StoredProvider, store: Store
) -> None:
    dialog = dialogs.open(stored)
    dialog.type("captionEdit", "Changed")
    store.providers.remove(stored.id)
    dialog.click("saveButton")
    message = child(dialog.dialog, InlineMessage, "providerMessage")
    dialog.qtbot.waitUntil(message.isVisible)
    assert "deleted" in message.text
    assert dialog.edit("captionEdit").text() == "Changed"
    child(dialog.dialog, QAction, "saveAsNewAction").trigger()
    dialog.qtbot.waitUntil(lambda: bool(dialog.saved))
    (saved,) = store.providers.list()
    assert saved.caption == "Changed"
    assert saved.max_connections == 7


def test_an_unchanged_dialog_closes_at_once(dialogs: Dialogs, stored: StoredProvider) -> None:
    for close in ("button", "escape", "save"):
        dialog = dialogs.open(stored)
        if close == "button":
            dialog.click("cancelButton")
        elif close == "escape":
            QTest.keyClick(dialog.dialog, Qt.Key.Key_Escape)
        else:
            dialog.click("saveButton")
        assert dialog.gone, close
        assert not dialog.saved


@pytest.mark.parametrize("by", ["cancelButton", "escape", "window"])
def test_unsaved_changes_are_asked_about(
    dialogs: Dialogs, stored: StoredProvider, store: Store, by: str
) -> None:
    dialog = dialogs.open(stored)
    dialog.type("captionEdit", "Changed")

    def close() -> None:
        if by == "cancelButton":
            dialog.click(by)
        elif by == "escape":
            QTest.keyClick(dialog.dialog, Qt.Key.Key_Escape)
        else:
            dialog.dialog.close()

    close()
    box = dialog.box()
    assert dialog.dialog.isVisible()
    child(box, QPushButton, "continueChangesButton").click()
    assert dialog.dialog.isVisible()
    dialog.qtbot.waitUntil(lambda: not dialog.dialog.findChildren(type(box)))
    close()
    child(dialog.box(), QPushButton, "discardChangesButton").click()
    assert dialog.gone
    assert store.providers.list() == [stored]


def test_unsaved_changes_can_be_saved_in_the_question(
    dialogs: Dialogs, stored: StoredProvider, store: Store
) -> None:
    dialog = dialogs.open(stored)
    dialog.type("captionEdit", "Changed")
    dialog.click("cancelButton")
    child(dialog.box(), QPushButton, "saveChangesButton").click()
    dialog.qtbot.waitUntil(lambda: bool(dialog.gone))
    assert [provider.caption for provider in store.providers.list()] == ["Changed"]


def test_changing_a_value_back_is_no_change(dialogs: Dialogs, stored: StoredProvider) -> None:
    dialog = dialogs.open(stored)
    dialog.type("captionEdit", "Changed")
    dialog.type("captionEdit", "Main")
    dialog.click("cancelButton")
    assert dialog.gone


def test_saving_ends_a_pause_even_without_a_change(
    dialogs: Dialogs, stored: StoredProvider, store: Store
) -> None:
    store.providers.pause(stored.id, "535 no")
    dialog = dialogs.open(store.providers.get(stored.id))
    dialog.save()
    assert store.providers.get(stored.id).pause is None


def test_trust_is_one_of_three(dialogs: Dialogs, stored: StoredProvider) -> None:
    dialog = dialogs.open(stored)
    dialog.combo("trustCombo").setCurrentIndex(2)
    dialog.click("saveButton")
    assert dialog.problem("trusted_fingerprint")
    dialog.type("fingerprintEdit", ":".join(["Ab"] * 32))
    saved = dialog.save()
    assert settings_of(saved).trusted_fingerprint == "ab" * 32
    assert settings_of(saved).ca_file == ""


def test_every_control_has_a_name_a_place_and_a_key_of_its_own(dialogs: Dialogs) -> None:
    dialog = dialogs.open().dialog
    kinds = (QLineEdit, QComboBox, QSpinBox, QCheckBox, QPushButton, QToolButton)
    controls = [w for kind in kinds for w in dialog.findChildren(kind) if w.objectName()]
    for control in controls:
        if control.objectName() in {"qt_spinbox_lineedit", "inlineMessageAction"}:
            continue  # of Qt's; named by the action it gets
        name = control.accessibleName() or getattr(control, "text", str)()
        assert name, control.objectName()
    keys: dict[str, str] = {}
    labelled: list[QWidget] = [
        *dialog.findChildren(QLabel),
        *dialog.findChildren(QPushButton),
        *dialog.findChildren(QToolButton),
        *dialog.findChildren(QCheckBox),
    ]
    for widget in labelled:
        text = getattr(widget, "text", str)()
        at = text.find("&")
        if at < 0 or (isinstance(widget, QLabel) and widget.buddy() is None):
            continue
        key = text[at + 1].lower()
        assert key not in keys, f"{text} and {keys[key]}"
        keys[key] = text


def test_the_tab_key_goes_down_the_form(dialogs: Dialogs) -> None:
    dialog = dialogs.open()
    dialog.edit("captionEdit").setFocus()
    order = []
    for _ in range(30):
        focused = dialog.dialog.focusWidget()
        assert focused is not None
        order.append(focused.objectName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    expected = [
        "captionEdit",
        "presetCombo",
        "hostEdit",
        "encryptionCombo",
        "portSpin",
        "usernameEdit",
        "passwordEdit",
        "trustCombo",
        "sendFromEdit",
        "sendFromNameEdit",
        "enabledCheck",
        "prioritySpin",
        "weightSpin",
        "maxConnectionsSpin",
        "messagesPerConnectionSpin",
        "limitPerSecondSpin",
        "limitPerMinuteSpin",
        "limitPerHourSpin",
        "limitPerDaySpin",
        "testConnectionButton",
        "saveButton",
        "cancelButton",
    ]
    passed = [name for name in order if name in expected]
    assert passed[:21] == [name for name in expected if name != "enabledCheck"]  # disabled


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_it_can_be_used_in_800_by_500(dialogs: Dialogs, qapp: QApplication, factor: float) -> None:
    before = qapp.font()
    font = qapp.font()
    font.setPointSizeF(font.pointSizeF() * factor)
    qapp.setFont(font)
    try:
        opened = dialogs.open()
        opened.dialog.resize(800, 500)
        QApplication.processEvents()
        assert opened.dialog.width() <= 800
        assert opened.dialog.height() <= 500
        area = child(opened.dialog, QScrollArea, "providerScroll")
        for name in ("captionEdit", "sendFromNameEdit", "prioritySpin", "limitPerDaySpin"):
            field = child(opened.dialog, QWidget, name)
            area.ensureWidgetVisible(field)
            assert not field.visibleRegion().isEmpty(), name
        assert area.horizontalScrollBar().maximum() == 0
        for button in opened.dialog.findChildren(QPushButton):
            if button.isVisible() and button.text():
                assert button.width() >= button.sizeHint().width(), button.text()
    finally:
        qapp.setFont(before)


def test_a_closed_dialog_leaves_nothing(dialogs: Dialogs, stored: StoredProvider) -> None:
    gone: list[weakref.ref[QWidget]] = []
    for _ in range(3):
        opened = dialogs.open(stored)
        gone += [weakref.ref(opened.dialog), weakref.ref(opened.button("testConnectionButton"))]
        opened.dialog.done(0)
        del opened
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    dialogs.qtbot.waitUntil(lambda: gc.collect() >= 0 and not any(ref() for ref in gone))


class Longer(QTranslator):
    """Another language: every text half as long again."""

    def translate(
        self, context: str, text: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        del context, disambiguation, n
        return text + "ßenkungslängst"[: max(2, len(text) * 2 // 5)] + "ö" * (len(text) // 10)

    def isEmpty(self) -> bool:
        return False


def test_a_longer_language_at_twice_the_size_needs_no_scrolling_sideways(
    dialogs: Dialogs, qapp: QApplication, stored: StoredProvider
) -> None:
    longer = Longer()
    assert qapp.installTranslator(longer)
    before = qapp.font()
    font = qapp.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    qapp.setFont(font)
    try:
        opened = dialogs.open(stored)
        opened.dialog.resize(800, 500)
        QApplication.processEvents()
        assert opened.dialog.width() <= 800
        area = child(opened.dialog, QScrollArea, "providerScroll")
        assert area.horizontalScrollBar().maximum() == 0
        assert opened.edit("hostEdit").width() > area.width() // 2
    finally:
        qapp.setFont(before)
        qapp.removeTranslator(longer)


def test_a_longer_language_is_not_cut_off(dialogs: Dialogs, qapp: QApplication) -> None:
    longer = Longer()
    assert qapp.installTranslator(longer)
    try:
        opened = dialogs.open()
        opened.click("saveButton")  # so that problems are shown as well
        QApplication.processEvents()
        dialog = opened.dialog
        assert dialog.width() <= 800
        texts: list[QWidget] = [
            *dialog.findChildren(QPushButton),
            *dialog.findChildren(QCheckBox),
            *dialog.findChildren(QLabel),
        ]
        for widget in texts:
            if not widget.isVisible() or not getattr(widget, "text", str)():
                continue
            if isinstance(widget, QLabel) and widget.wordWrap():
                assert widget.height() >= widget.heightForWidth(widget.width()), widget.text()
            else:
                assert widget.width() >= widget.sizeHint().width(), widget.objectName()
    finally:
        qapp.removeTranslator(longer)


def test_a_note_is_as_high_as_its_lines_at_any_width(qtbot: QtBot) -> None:
    label = note(None, "someNote")  # type: ignore[arg-type]
    qtbot.addWidget(label)
    label.setText("Providers with a daily limit do not suit mailing lists. " * 3)
    label.resize(200, 10)
    label.show()
    narrow = label.minimumHeight()
    assert narrow >= 4 * label.fontMetrics().height()
    label.resize(2000, 10)
    assert label.minimumHeight() < narrow
    label.setText("")
    assert label.minimumHeight() == 0
