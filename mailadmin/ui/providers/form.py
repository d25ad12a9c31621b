"""All fields of a provider, checked where they stand."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QSpinBox, QVBoxLayout, QWidget

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.domain.provider import Encryption, Provider
from mailadmin.providers.validation import VALIDATED_FIELDS, field_problem, validate_provider
from mailadmin.ui.providers.connection_group import ConnectionGroup
from mailadmin.ui.providers.health_group import HealthGroup
from mailadmin.ui.providers.limits_group import LimitsGroup
from mailadmin.ui.providers.password_field import PasswordField
from mailadmin.ui.providers.sender_group import SenderGroup
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.widgets.field_problems import FieldProblems
from mailadmin.ui.widgets.wrapping_rows import WrappingRows
from mailadmin.ui.words.errors import explain

NOT_TESTED = frozenset({"caption", "send_from_name"})
"""Fields a connection test does not depend on."""


class ProviderForm(QWidget):
    """Groups Health, Connection, Sender and Limits. `edited` comes with every change by anybody."""

    edited = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problems = FieldProblems(icons, self)
        self._wrong: set[str] = set()
        self.health = HealthGroup(icons, self)
        self.connection = ConnectionGroup(icons, self.problems, self)
        self.sender_group = SenderGroup(self.problems, self)
        self.limits = LimitsGroup(self.problems, self)
        self._loaded = Provider(caption="", host="", port=1, send_from="")
        column = QVBoxLayout(self)
        column.addWidget(self.health)
        groups = (self.health, self.connection, self.sender_group, self.limits)
        self.rows = WrappingRows(self, groups)
        for group in (self.connection, self.sender_group, self.limits):
            column.addWidget(group)
            group.edited.connect(self._edited)
        column.addStretch(1)
        self.connection.left.connect(self._left)
        self.sender_group.left.connect(self._left)
        self.limits.left.connect(self._left)
        self.rows.align_labels()
        for box in (*self.findChildren(QSpinBox), *self.findChildren(QComboBox)):
            box.installEventFilter(self)

    @property
    def password(self) -> PasswordField:
        """The field of the password, which is no attribute of a provider."""
        return self.connection.password

    def load(self, provider: Provider) -> None:
        """Show `provider`, without telling of edits."""
        with QSignalBlocker(self):
            self._loaded = provider
            self.connection.load(provider)
            self.sender_group.load(provider)
            self.limits.load(provider)
            self.clear_problems()

    def tab_order(self) -> list[QWidget]:
        """Controls from top to bottom."""
        connection, sender, limits = self.connection, self.sender_group, self.limits
        return [
            self.health.resume,
            connection.caption,
            connection.preset,
            connection.host,
            connection.encryption,
            connection.port,
            connection.username,
            *connection.password.tab_order(),
            *connection.trust.tab_order(),
            sender.send_from,
            sender.name,
            sender.enabled,
            *limits.tab_order(),
        ]

    def rebase(self, provider: Provider) -> None:
        """Take attributes without a field from `provider`; what is entered stays."""
        self._loaded = provider

    def provider(self) -> Provider:
        """What is entered; attributes without a field are those of what was loaded."""
        provider = self.connection.applied_to(self._loaded)
        return self.limits.applied_to(self.sender_group.applied_to(provider))

    def check(self, *, but: Iterable[str] = ()) -> bool:
        """Say beside each field what is wrong with it and go to the first; True if nothing is."""
        left_out = frozenset(but)
        self.clear_problems()
        found = [p for p in validate_provider(self.provider()) if p.field not in left_out]
        if (empty := self.connection.trust.missing()) is not None:
            found.append(self._empty(empty))
        for problem in reversed(found):  # the first gets the focus
            self.show_problem(problem.field, explain(problem))
        return not found

    def show_problem(self, name: str, text: str) -> bool:
        """Say `text` beside the field and go there; False if there is no such field."""
        if not self.problems.show(name, text):
            return False
        self._wrong.add(name)
        self._field(name).setFocus()
        return True

    def clear_problems(self) -> None:
        """Take back everything that was said."""
        self.problems.clear_all()
        self._wrong.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel scrolls the form; it changes only a field that has the focus."""
        if (
            event.type() == QEvent.Type.Wheel
            and isinstance(watched, QWidget)
            and not watched.hasFocus()
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _field(self, name: str) -> QWidget:
        fields: dict[str, QWidget] = {
            "caption": self.connection.caption,
            "host": self.connection.host,
            "port": self.connection.port,
            "username": self.connection.username,
            "password": self.connection.password.edit,
            "encryption": self.connection.encryption,
            "ca_file": self.connection.trust.ca_file,
            "trusted_fingerprint": self.connection.trust.fingerprint,
            "send_from": self.sender_group.send_from,
            "send_from_name": self.sender_group.name,
            "enabled": self.sender_group.enabled,
            **self.limits.spins,
        }
        return fields[name]

    def _edited(self, name: str) -> None:
        if name in self._wrong:
            self._check_field(name)
        if name in {"host", "encryption"} and "encryption" in self._wrong:
            self._check_field("encryption")
        self.edited.emit()

    def _left(self, name: str) -> None:
        if self.signalsBlocked():
            return  # a provider is being loaded
        self._check_field(name)
        if name == "host" and self.provider().encryption is Encryption.NONE:
            self._check_field("encryption")

    def _check_field(self, name: str) -> None:
        problem = None
        if name in VALIDATED_FIELDS:
            problem = field_problem(self.provider(), name)
        if problem is None:
            self._forget(name)
        else:
            self.problems.show(name, explain(problem))
            self._wrong.add(name)

    def _forget(self, name: str) -> None:
        self.problems.clear(name)
        self._wrong.discard(name)

    def _empty(self, name: str) -> InvalidInput:
        if name == "ca_file":
            return InvalidInput(
                name,
                QT_TRANSLATE_NOOP("KnownError", "Choose the file with the certificates to trust."),
            )
        return InvalidInput(
            name,
            QT_TRANSLATE_NOOP("KnownError", "Enter the fingerprint of the certificate to trust."),
        )

    def changeEvent(self, event: QEvent) -> None:
        """Keep the groups' labels as wide as each other in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.rows.align_labels()
