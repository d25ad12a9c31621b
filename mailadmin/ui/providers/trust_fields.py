"""Which certificates a provider's server may show: there is no way to accept any."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.drivers.smtp.settings import SmtpSettings, normalise_fingerprint
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.widgets.field_problems import FieldProblems
from mailadmin.ui.widgets.form_rows import combo, without_proxy


class Trust(IntEnum):
    """The choices, in the order of the list."""

    SYSTEM = 0
    CA_FILE = 1
    FINGERPRINT = 2


class TrustFields(QWidget):
    """The choice and, below it, the file or the fingerprint it needs.

    `edited` and `left` carry the attribute of the settings.
    """

    edited = Signal(str)
    left = Signal(str)

    def __init__(self, icons: Icons, problems: FieldProblems, parent: QWidget) -> None:
        super().__init__(parent)
        self.combo = combo(self)
        self.combo.setObjectName("trustCombo")
        self.combo.setAccessibleName(self.tr("Trusted certificates"))
        self.combo.addItems(
            [
                self.tr("The system's authorities"),
                self.tr("Authorities in a file"),
                self.tr("One certificate"),
            ]
        )
        self.ca_file = QLineEdit(self)
        self.ca_file.setObjectName("caFileEdit")
        self.ca_file.setAccessibleName(self.tr("File with authorities' certificates"))
        self.ca_file.setPlaceholderText(self.tr("PEM file"))
        self._browse = QToolButton(self)
        self._browse.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._browse.setObjectName("browseCaFileButton")
        self._browse.setToolTip(self.tr("Choose the file"))
        self._browse.setAccessibleName(self.tr("Choose the file with the certificates"))
        icons.put(self._browse, IconName.BROWSE)
        self.fingerprint = QLineEdit(self)
        self.fingerprint.setObjectName("fingerprintEdit")
        self.fingerprint.setAccessibleName(self.tr("SHA-256 fingerprint of the certificate"))
        self.fingerprint.setPlaceholderText(self.tr("SHA-256 fingerprint, 64 digits 0–9 and A–F"))
        file_row = QWidget(self)
        row = QHBoxLayout(file_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.ca_file, 1)
        row.addWidget(self._browse)
        file_row.setFocusProxy(self.ca_file)
        self._file_place = problems.under("ca_file", file_row)
        self._fingerprint_place = problems.under("trusted_fingerprint", self.fingerprint)
        for place in (self._file_place, self._fingerprint_place):
            without_proxy(place)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.combo)
        column.addWidget(self._file_place)
        column.addWidget(self._fingerprint_place)
        self.setFocusProxy(self.combo)
        self._show_choice()
        self.combo.currentIndexChanged.connect(self._chosen)
        self._browse.clicked.connect(self._choose_file)
        for name, edit in (("ca_file", self.ca_file), ("trusted_fingerprint", self.fingerprint)):
            edit.textChanged.connect(lambda _text, name=name: self.edited.emit(name))
            edit.editingFinished.connect(lambda name=name: self.left.emit(name))

    def tab_order(self) -> list[QWidget]:
        """Controls from top to bottom."""
        return [self.combo, self.ca_file, self._browse, self.fingerprint]

    def load(self, settings: SmtpSettings) -> None:
        """Show what is trusted."""
        self.ca_file.setText(settings.ca_file)
        self.fingerprint.setText(settings.trusted_fingerprint)
        if settings.trusted_fingerprint:
            self.combo.setCurrentIndex(Trust.FINGERPRINT)
        else:
            self.combo.setCurrentIndex(Trust.CA_FILE if settings.ca_file else Trust.SYSTEM)

    def applied_to(self, settings: SmtpSettings) -> SmtpSettings:
        """`settings` with what is chosen here."""
        choice = self.combo.currentIndex()
        return replace(
            settings,
            ca_file=self.ca_file.text().strip() if choice == Trust.CA_FILE else "",
            trusted_fingerprint=self._digits() if choice == Trust.FINGERPRINT else "",
        )

    def missing(self) -> InvalidInput | None:
        """What the choice needs and is still empty."""
        match self.combo.currentIndex():
            case Trust.CA_FILE if not self.ca_file.text().strip():
                return InvalidInput(
                    "ca_file",
                    QT_TRANSLATE_NOOP(
                        "KnownError", "Choose the file with the certificates to trust."
                    ),
                )
            case Trust.FINGERPRINT if not self.fingerprint.text().strip():
                return InvalidInput(
                    "trusted_fingerprint",
                    QT_TRANSLATE_NOOP(
                        "KnownError", "Enter the fingerprint of the certificate to trust."
                    ),
                )
        return None

    def _digits(self) -> str:
        text = self.fingerprint.text().strip()
        try:
            return normalise_fingerprint(text)
        except ValueError:
            return text  # the check of the field says what is wrong with it

    def _chosen(self) -> None:
        self._show_choice()
        self.edited.emit("ca_file")
        self.edited.emit("trusted_fingerprint")

    def _show_choice(self) -> None:
        self._file_place.setVisible(self.combo.currentIndex() == Trust.CA_FILE)
        self._fingerprint_place.setVisible(self.combo.currentIndex() == Trust.FINGERPRINT)

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("File with authorities' certificates"),
            self.ca_file.text(),
            self.tr("Certificates (*.pem *.crt *.cer);;All files (*)"),
        )
        if path:
            self.ca_file.setText(path)
            self.left.emit("ca_file")
