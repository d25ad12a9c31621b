"""The question a dialog asks before it is closed with unsaved changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QMessageBox

from mailadmin.domain.errors import QT_TRANSLATE_NOOP


def ask_to_save(
    dialog: QDialog,
    question: str,
    *,
    save: Callable[[], object],
    discard: Callable[[], object],
) -> None:
    """Ask over `dialog` whether to save, discard or go on editing, and do what is chosen."""
    box = QMessageBox(dialog)
    box.setObjectName("unsavedChangesDialog")
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(dialog.windowTitle())
    box.setText(question)
    box.setInformativeText(
        _tr(QT_TRANSLATE_NOOP("UnsavedChanges", "If you discard them, what you entered is lost."))
    )
    saving = box.addButton(
        _tr(QT_TRANSLATE_NOOP("UnsavedChanges", "&Save")), QMessageBox.ButtonRole.AcceptRole
    )
    discarding = box.addButton(
        _tr(QT_TRANSLATE_NOOP("UnsavedChanges", "&Discard")),
        QMessageBox.ButtonRole.DestructiveRole,
    )
    going_on = box.addButton(
        _tr(QT_TRANSLATE_NOOP("UnsavedChanges", "&Continue editing")),
        QMessageBox.ButtonRole.RejectRole,
    )
    for button, name in ((saving, "save"), (discarding, "discard"), (going_on, "continue")):
        button.setObjectName(f"{name}ChangesButton")
    box.setDefaultButton(saving)
    box.setEscapeButton(going_on)
    saving.clicked.connect(lambda _checked=False: save())
    discarding.clicked.connect(lambda _checked=False: discard())
    box.open()


def _tr(text: str) -> str:
    return QCoreApplication.translate("UnsavedChanges", text)
