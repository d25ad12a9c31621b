"""Asks before message files that the user opened from another program are queued.

A double-click on a file is no order to send it, and the system may have chosen Mail Admin by itself
for such files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

_SHOWN = 10  # names shown in the question


def ask_about_files(
    paths: Sequence[Path], queue: Callable[[Sequence[Path]], object], window: QWidget
) -> QMessageBox:
    """Open the question without waiting; `queue` gets the files if the user agrees."""
    if len(paths) == 1:
        question = _tr("Queue “{name}” to be sent?").format(name=paths[0].name)
    else:
        count = window.locale().toString(len(paths))
        question = _tr("Queue {count} messages to be sent?").format(count=count)
    explanation = _tr("Each message goes to the recipients that it names.")
    if len(paths) > 1:
        names = [path.name for path in paths[:_SHOWN]]
        if len(paths) > _SHOWN:
            names.append("…")
        explanation += "\n\n" + "\n".join(names)
    box = QMessageBox(window)
    box.setObjectName("openedFilesBox")
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(_tr("Queue messages"))
    box.setTextFormat(Qt.TextFormat.PlainText)  # a file name may look like HTML
    box.setText(question)
    box.setInformativeText(explanation)
    yes = box.addButton(_tr("&Queue"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(yes)
    box.accepted.connect(lambda: queue(paths))
    box.open()
    return box


def _tr(text: str) -> str:
    return QCoreApplication.translate("OpenedFiles", text)
