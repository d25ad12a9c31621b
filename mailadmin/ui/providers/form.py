"""All fields of a provider, checked where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QSpinBox, QVBoxLayout, QWidget

from mailadmin.domain.provider import DriverSettings, Provider, StoredProvider
from mailadmin.drivers.registry import Drivers
from mailadmin.providers.validation import field_problem, validate_provider, validated_fields
from mailadmin.ui.providers.connection_group import ConnectionGroup
from mailadmin.ui.providers.connection_groups import connection_group
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
    """Groups Health, Connection, Sender and Limits. `edited` comes with every change by anybody.

    The group Connection is that of the driver; `rebuilt` tells that there is another one.
    """

    edited = Signal()
    rebuilt = Signal()

    def __init__(
        self, provider: Provider, drivers: Drivers, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.problems = FieldProblems(icons, self)
        self._icons = icons
        self._drivers = drivers
        self._wrong: set[str] = set()
        self._entered: dict[str, DriverSettings] = {}  # with drivers that were chosen before
        self.health = HealthGroup(icons, self)
        self.sender_group = SenderGroup(self.problems, self)
        self.limits = LimitsGroup(self.problems, self)
        self._loaded = provider
        self.connection = self._make_connection(provider)
        self._column = column = QVBoxLayout(self)
        groups = (self.health, self.connection, self.sender_group, self.limits)
        self.rows = WrappingRows(self, groups)
        for group in groups:
            column.addWidget(group)
        for group in (self.sender_group, self.limits):
            group.edited.connect(self._edited)
            group.left.connect(self._left)
        column.addStretch(1)
        self._settle_rows()
        with QSignalBlocker(self):
            self.sender_group.load(provider)
            self.limits.load(provider)

    @property
    def password(self) -> PasswordField | None:
        """The field of the password, which is no attribute of a provider; None without one."""
        return self.connection.password

    def tab_order(self) -> list[QWidget]:
        """Controls from top to bottom."""
        connection, sender, limits = self.connection, self.sender_group, self.limits
        return [
            self.health.resume,
            connection.caption,
            connection.driver_choice,
            *connection.tab_order(),
            sender.send_from,
            sender.name,
            sender.enabled,
            *limits.tab_order(),
        ]

    def _make_connection(self, provider: Provider) -> ConnectionGroup:
        driver = self._drivers.of(provider.settings)
        group = connection_group(driver, self._drivers, self._icons, self.problems, self)
        with QSignalBlocker(group):
            group.load(provider)
        if isinstance(provider, StoredProvider):
            group.keep_driver(
                self.tr(
                    "The driver of a provider that is stored stays as it is, for mail may be bound "
                    "to what was sent through it. Add a new provider for another driver."
                )
            )
        group.edited.connect(self._edited)
        group.left.connect(self._left)
        group.driverChosen.connect(self._choose_driver, Qt.ConnectionType.QueuedConnection)
        return group

    def _choose_driver(self, name: str) -> None:
        """Put the driver's group in the place of the one there is; what is common stays."""
        before = self.provider()
        self._entered[before.driver] = before.settings
        settings = self._entered.get(name) or self._drivers.named(name).empty()
        old, self._loaded = self.connection, replace(before, settings=settings)
        old.blockSignals(True)  # its field with the focus is left when it goes
        self.clear_problems()
        self.problems.forget(old)
        self.connection = self._make_connection(self._loaded)
        self.rows.exchange(old, self.connection)
        self._column.replaceWidget(old, self.connection)
        old.hide()
        old.deleteLater()
        self._settle_rows()
        self.rebuilt.emit()
        self.connection.driver_choice.setFocus()
        self.edited.emit()

    def _settle_rows(self) -> None:
        self.rows.align_labels()
        for box in (*self.findChildren(QSpinBox), *self.findChildren(QComboBox)):
            box.installEventFilter(self)

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
        problems = validate_provider(self.provider(), self._drivers)
        found = [problem for problem in problems if problem.field not in left_out]
        if (missing := self.connection.missing()) is not None:
            found.append(missing)
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
            **self.connection.controls(),
            "send_from": self.sender_group.send_from,
            "send_from_name": self.sender_group.name,
            "enabled": self.sender_group.enabled,
            **self.limits.spins,
        }
        return fields[name]

    def _edited(self, name: str) -> None:
        if name in self._wrong:
            self._check_field(name)
        if (other := self.connection.judged_with(name)) in self._wrong:
            self._check_field(other)
        self.edited.emit()

    def _left(self, name: str) -> None:
        if self.signalsBlocked():
            return  # a provider is being loaded
        self._check_field(name)
        if other := self.connection.judged_with(name):
            self._check_field(other)

    def _check_field(self, name: str) -> None:
        problem = None
        provider = self.provider()
        if name in validated_fields(provider, self._drivers):
            problem = field_problem(provider, name, self._drivers)
        if problem is None:
            self._forget(name)
        else:
            self.problems.show(name, explain(problem))
            self._wrong.add(name)

    def _forget(self, name: str) -> None:
        self.problems.clear(name)
        self._wrong.discard(name)

    def changeEvent(self, event: QEvent) -> None:
        """Keep the groups' labels as wide as each other in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.rows.align_labels()
