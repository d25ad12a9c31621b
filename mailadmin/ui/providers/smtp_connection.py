"""The Connection group of a provider over SMTP: where to, how protected, who signs in."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSpinBox, QWidget

from mailadmin.domain.domain_names import other_form
from mailadmin.domain.errors import InvalidInput
from mailadmin.domain.provider import DriverSettings, Encryption
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.providers.presets import PRESETS, daily_limit_service
from mailadmin.ui.providers.connection_group import ConnectionGroup
from mailadmin.ui.providers.trust_fields import TrustFields
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.widgets.form_rows import add_note, add_row, combo, line_edit, note

_ENCRYPTIONS = tuple(Encryption)


class SmtpConnection(ConnectionGroup):
    """Presets fill in host, port and encryption; a port of one's own stays."""

    def add_rows(self) -> None:
        """From the service to the user name."""
        self._port_is_the_users = False
        self._filled_in = PRESETS[0]  # the service chosen last
        self._make_fields()
        form, under = self.form, self.problems.under
        add_row(form, self.tr("Ser&vice:"), self.preset)
        add_note(form, self.hint)
        add_row(form, self.tr("&Host:"), under("host", self.host))
        add_note(form, self.host_form)
        add_note(form, self._daily_limit_row())
        add_row(form, self.tr("Encr&yption:"), under("encryption", self.encryption))
        add_row(form, self.tr("&Port:"), under("port", self._port_row()))
        add_row(form, self.tr("&Username:"), under("username", self.username))

    def add_last_rows(self) -> None:
        """Which certificates are trusted."""
        self.trust = TrustFields(self.icons, self.problems, self)
        add_row(self.form, self.tr("T&rust:"), self.trust)
        self._connect()
        self.icons.changed.connect(self._show_daily_limit)
        self._show_host_form()
        self._show_daily_limit()

    def show_settings(self, settings: DriverSettings) -> None:
        """Show them. A port of their own stays when the encryption is changed."""
        assert isinstance(settings, SmtpSettings)  # noqa: S101 - this is their group
        self.host.setText(settings.host)
        self.username.setText(settings.username)
        self._set_encryption(settings.encryption)
        self._set_port(settings.port)
        self._port_is_the_users = settings.port != settings.encryption.default_port
        self.trust.load(settings)
        self._show_daily_limit()

    def entered(self) -> SmtpSettings:
        """The settings that are entered."""
        return self.trust.applied_to(
            SmtpSettings(
                host=self.host.text().strip(),
                port=self.port.value(),
                username=self.username.text().strip(),
                encryption=_ENCRYPTIONS[self.encryption.currentIndex()],
            )
        )

    def fields(self) -> dict[str, QWidget]:
        """The control of each field of the settings."""
        return {
            "host": self.host,
            "port": self.port,
            "username": self.username,
            "encryption": self.encryption,
            "ca_file": self.trust.ca_file,
            "trusted_fingerprint": self.trust.fingerprint,
        }

    def missing(self) -> InvalidInput | None:
        """The file or the fingerprint, if one was chosen to be trusted."""
        return self.trust.missing()

    def judged_with(self, name: str) -> str:
        """Whether a server may do without encryption is a matter of its host."""
        return "encryption" if name == "host" else ""

    def tab_order(self) -> list[QWidget]:
        """Controls from top to bottom."""
        password = [] if self.password is None else self.password.tab_order()
        return [
            self.preset,
            self.host,
            self.encryption,
            self.port,
            self.username,
            *password,
            *self.trust.tab_order(),
        ]

    def _make_fields(self) -> None:
        self.preset = combo(self)
        self.preset.setObjectName("presetCombo")
        self.preset.setAccessibleName(self.tr("Service to fill in"))
        self.preset.setToolTip(self.tr("Fills in host, port and encryption of a known service"))
        self.preset.addItem(self.tr("Another service"))
        self.preset.addItems([preset.name for preset in PRESETS])
        self.hint = note(self, "presetHint")
        self.hint.hide()
        self.host = line_edit(self, "hostEdit", self.tr("Host"))
        self.host.setPlaceholderText("smtp.example.org")
        self.host.setInputMethodHints(Qt.InputMethodHint.ImhUrlCharactersOnly)
        self.host_form = note(self, "hostFormHint")
        self.daily_limit = note(self, "dailyLimitHint")
        self.encryption = combo(self)
        self.encryption.setObjectName("encryptionCombo")
        self.encryption.setAccessibleName(self.tr("Encryption"))
        for encryption, text, tip in (
            (Encryption.TLS, self.tr("TLS"), self.tr("STARTTLS after connecting, port 587")),
            (Encryption.SSL, self.tr("SSL"), self.tr("TLS from the first byte, port 465")),
            (Encryption.NONE, self.tr("None"), self.tr("Only to a server on this computer")),
        ):
            self.encryption.addItem(text, encryption.value)
            self.encryption.setItemData(
                self.encryption.count() - 1, tip, Qt.ItemDataRole.ToolTipRole
            )
        self.port = QSpinBox(self)
        self.port.setObjectName("portSpin")
        self.port.setAccessibleName(self.tr("Port"))
        self.port.setRange(1, 65535)
        self.port.setValue(Encryption.TLS.default_port)
        self.username = line_edit(self, "usernameEdit", self.tr("Username"))
        self.username.setPlaceholderText(self.tr("Leave empty if the server asks for none"))

    def _port_row(self) -> QWidget:
        place = QWidget(self)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.port)
        row.addStretch(1)
        place.setFocusProxy(self.port)
        return place

    def _daily_limit_row(self) -> QWidget:
        place = QWidget(self)
        self._daily_limit_icon = QLabel(place)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._daily_limit_icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.daily_limit, 1)
        return place

    def _connect(self) -> None:
        edits: list[tuple[str, QLineEdit]] = [
            ("host", self.host),
            ("username", self.username),
        ]
        for name, edit in edits:
            edit.textChanged.connect(lambda _text, name=name: self.edited.emit(name))
            edit.editingFinished.connect(lambda name=name: self.left.emit(name))
        self.host.textChanged.connect(self._show_host_form)
        self.host.textChanged.connect(self._show_daily_limit)
        self.preset.activated.connect(self._fill_in)
        self.encryption.currentIndexChanged.connect(self._encryption_changed)
        self.port.valueChanged.connect(self._port_changed)
        self.port.editingFinished.connect(lambda: self.left.emit("port"))
        for signal, ours in ((self.trust.edited, self.edited), (self.trust.left, self.left)):
            signal.connect(ours)

    def _fill_in(self, index: int) -> None:
        self.hint.setVisible(index > 0)
        if index == 0:
            return
        preset = PRESETS[index - 1]
        self._port_is_the_users = False
        self._set_encryption(preset.encryption)
        self._set_port(preset.port)
        self.host.setText(preset.host)
        before, self._filled_in = self._filled_in, preset
        if preset.username or self.username.text() == before.username:
            self.username.setText(preset.username)
        if self.caption.text().strip() in {"", before.name}:
            self.caption.setText(preset.name)
        self.hint.setText(QCoreApplication.translate("Preset", preset.hint))
        self.edited.emit("encryption")
        self.edited.emit("port")

    def _encryption_changed(self, index: int) -> None:
        encryption = _ENCRYPTIONS[index]
        if not self._port_is_the_users:
            self._set_port(encryption.default_port)
        self._encryption_chosen(encryption)
        self.edited.emit("encryption")
        self.left.emit("encryption")

    def _port_changed(self, port: int) -> None:
        chosen = _ENCRYPTIONS[self.encryption.currentIndex()]
        self._port_is_the_users = port != chosen.default_port
        self.edited.emit("port")

    def _set_port(self, port: int) -> None:
        with QSignalBlocker(self.port):
            self.port.setValue(port)

    def _set_encryption(self, encryption: Encryption) -> None:
        with QSignalBlocker(self.encryption):
            self.encryption.setCurrentIndex(_ENCRYPTIONS.index(encryption))
        self._encryption_chosen(encryption)

    def _encryption_chosen(self, encryption: Encryption) -> None:
        self.trust.setEnabled(encryption is not Encryption.NONE)
        meaning = self.encryption.currentData(Qt.ItemDataRole.ToolTipRole)
        self.encryption.setToolTip(meaning)
        self.encryption.setAccessibleDescription(meaning)

    def _show_host_form(self) -> None:
        form = other_form(self.host.text().strip())
        self.host_form.setText(self.tr("The same as {host}").format(host=form) if form else "")
        self.host_form.setVisible(bool(form))

    def _show_daily_limit(self) -> None:
        service = daily_limit_service(self.host.text())
        if service is None:
            text = self.tr("Providers with a daily limit do not suit mailing lists.")
        else:
            text = self.tr(
                "{service} limits how much is sent in a day: it does not suit mailing lists."
            ).format(service=service)
        self.daily_limit.setText(text)
        palette = QPalette(self.daily_limit.palette())
        palette.setColor(
            QPalette.ColorRole.WindowText,
            self.icons.color(Role.MUTED if service is None else Role.WARNING),
        )
        self.daily_limit.setPalette(palette)
        self._daily_limit_icon.setVisible(service is not None)
        self._daily_limit_icon.setPixmap(
            self.icons.pixmap(
                IconName.WARNING,
                self.fontMetrics().height(),
                self.devicePixelRatioF(),
                Role.WARNING,
            )
        )
