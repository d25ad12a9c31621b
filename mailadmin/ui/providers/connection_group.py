"""The Connection group of the provider dialog, as far as it is the same for every driver."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QGroupBox, QWidget

from mailadmin.domain.errors import InvalidInput
from mailadmin.domain.provider import DriverSettings, Provider
from mailadmin.drivers.driver import Driver
from mailadmin.ui.providers.password_field import PasswordField
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.widgets.field_problems import FieldProblems
from mailadmin.ui.widgets.form_rows import add_row, combo, line_edit


class ConnectionGroup(QGroupBox):
    """Caption, driver, what the driver needs, and a password if it takes one.

    `edited` and `left` carry the attribute, of the `Provider` or of its settings, that was changed
    or left; `driverChosen` the name of another driver, whose group then takes the place of this.
    """

    edited = Signal(str)
    left = Signal(str)
    driverChosen = Signal(str)

    def __init__(
        self,
        driver: Driver[Any],
        names: tuple[str, ...],
        icons: Icons,
        problems: FieldProblems,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.driver = driver
        self.icons = icons
        self.problems = problems
        self.setTitle(self.tr("Connection"))
        self.caption = line_edit(self, "captionEdit", self.tr("Caption"))
        self.caption.setPlaceholderText(self.tr("A name to tell this provider from others"))
        self.driver_choice = combo(self)
        self.driver_choice.setObjectName("driverCombo")
        self.driver_choice.setAccessibleName(self.tr("Driver"))
        self.driver_choice.addItems(list(names))
        self.password = None if driver.credential is None else PasswordField(icons, self)
        self.form = form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        add_row(form, self.tr("&Caption:"), problems.under("caption", self.caption))
        add_row(form, self.tr("Driver:"), self.driver_choice)
        self.add_rows()
        if self.password is not None:
            add_row(form, self.tr("Pass&word:"), problems.under("password", self.password))
            self.password.edited.connect(lambda: self.edited.emit("password"))
        self.add_last_rows()
        self.caption.textChanged.connect(lambda _text: self.edited.emit("caption"))
        self.caption.editingFinished.connect(lambda: self.left.emit("caption"))
        self.driver_choice.textActivated.connect(self._chosen)

    # what each driver has ------------------------------------------------------------------------

    @abstractmethod
    def add_rows(self) -> None:
        """Add the driver's fields to `form`, above the password."""

    def add_last_rows(self) -> None:
        """Add what stands below the password."""

    @abstractmethod
    def show_settings(self, settings: DriverSettings) -> None:
        """Show the driver's `settings`."""

    @abstractmethod
    def entered(self) -> DriverSettings:
        """The settings that are entered."""

    @abstractmethod
    def fields(self) -> dict[str, QWidget]:
        """The control of each field of the settings."""

    def missing(self) -> InvalidInput | None:
        """What was chosen to be given and is still empty, though the settings may be without."""
        return None

    def judged_with(self, name: str) -> str:
        """The field that may be right or wrong by what stands in `name`; "" if there is none."""
        del name
        return ""

    @abstractmethod
    def tab_order(self) -> list[QWidget]:
        """The driver's controls and those of the password, from top to bottom."""

    # what all have -------------------------------------------------------------------------------

    def load(self, provider: Provider) -> None:
        """Show `provider`, which has this driver."""
        self.caption.setText(provider.caption)
        if self.driver_choice.findText(provider.driver) < 0:  # of another version
            self.driver_choice.addItem(provider.driver)
        self.driver_choice.setCurrentText(provider.driver)
        self.show_settings(provider.settings)

    def applied_to(self, provider: Provider) -> Provider:
        """`provider` with what is entered here."""
        return replace(provider, caption=self.caption.text().strip(), settings=self.entered())

    def controls(self) -> dict[str, QWidget]:
        """All fields of this group by their attributes."""
        found = {"caption": self.caption, **self.fields()}
        if self.password is not None:
            found["password"] = self.password.edit
        return found

    def keep_driver(self, reason: str) -> None:
        """Let the driver not be changed, and say why."""
        self.driver_choice.setEnabled(False)
        self.driver_choice.setToolTip(reason)
        self.driver_choice.setAccessibleDescription(reason)

    def _chosen(self, name: str) -> None:
        if name != self.driver.name:
            self.driverChosen.emit(name)
