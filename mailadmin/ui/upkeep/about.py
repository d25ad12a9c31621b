"""The About box, with the versions that a support request needs."""

from __future__ import annotations

import platform

from PySide6.QtCore import QCoreApplication, Qt, qVersion
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget

from mailadmin.build import version_text
from mailadmin.place.paths import find_resources
from mailadmin.ui.theme.icons import Icons


def about_text(location: str, sqlite_version: str) -> str:
    """Return the versions and the database's address, one line each."""
    lines = [
        QCoreApplication.translate("About", "Mail Admin {version}").format(version=version_text()),
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
    """Return the About box; the caller opens it."""
    box = QMessageBox(parent)
    box.setObjectName("aboutBox")
    box.setWindowTitle(QCoreApplication.translate("About", "About Mail Admin"))
    box.setText(about_text(location, sqlite_version))
    box.setTextInteractionFlags(box.textInteractionFlags().TextSelectableByMouse)
    box.setIconPixmap(icons.application_icon().pixmap(64))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    licenses = box.addButton(
        QCoreApplication.translate("About", "&Licences…"), QMessageBox.ButtonRole.ActionRole
    )
    licenses.setObjectName("licensesButton")
    licenses.clicked.connect(lambda: licenses_dialog(parent).open())
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Ok))
    box.setEscapeButton(QMessageBox.StandardButton.Ok)
    return box


def licenses_dialog(parent: QWidget) -> QDialog:
    """Return the dialog with the licences of the program's parts; the caller opens it."""
    from mailadmin.licenses import works
    from mailadmin.ui.upkeep.licenses_dialog import LicensesDialog

    return LicensesDialog(works(find_resources()), parent)
