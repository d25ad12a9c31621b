"""The About box: versions that a support request needs."""

from __future__ import annotations

import platform

from PySide6.QtCore import QCoreApplication, Qt, qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

from mailadmin import __version__
from mailadmin.ui.icons import Icons


def about_text(location: str, sqlite_version: str) -> str:
    """Versions and where the data is, one line each."""
    lines = [
        QCoreApplication.translate("About", "Mail Admin {version}").format(version=__version__),
        "",
        QCoreApplication.translate(
            "About", "Sends an organisation's mail, and shows what became of it."
        ),
        "",
        QCoreApplication.translate("About", "Database: {location}").format(location=location),
        f"SQLite {sqlite_version} · Qt {qVersion()} · Python {platform.python_version()}",
        "",
        QCoreApplication.translate("About", "MIT licence. Icons: Lucide (ISC licence)."),
    ]
    return "\n".join(lines)


def about_box(parent: QWidget, icons: Icons, location: str, sqlite_version: str) -> QMessageBox:
    """The box, to be opened."""
    box = QMessageBox(parent)
    box.setObjectName("aboutBox")
    box.setWindowTitle(QCoreApplication.translate("About", "About Mail Admin"))
    box.setText(about_text(location, sqlite_version))
    box.setTextInteractionFlags(box.textInteractionFlags().TextSelectableByMouse)
    box.setIconPixmap(icons.application_icon().pixmap(64))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box
