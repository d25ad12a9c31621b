"""The Connection group of a driver with texts and folders, made of the fields it declares."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QWidget

from mailadmin.domain.provider import DriverSettings
from mailadmin.drivers.fields import Field, PathTo
from mailadmin.ui.providers.connection_group import ConnectionGroup
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.widgets.form_rows import add_note, add_row, line_edit, note
from mailadmin.ui.words.errors import explain


class DeclaredConnection(ConnectionGroup):
    """One line for each field; a folder has a button to choose it with."""

    def add_rows(self) -> None:
        """The fields in the order of their declaration."""
        self._edits: dict[str, QLineEdit] = {}
        self._order: list[QWidget] = []
        self._remark = note(self, "driverNote")
        self._settings: DriverSettings | None = None
        for field in self.driver.fields:
            if field.kind is not str or field.path is PathTo.FILE:
                raise TypeError(f"{field.name}: such a field needs a group of the driver's own")
            self._add(field)
        add_note(self.form, self._remark)

    def show_settings(self, settings: DriverSettings) -> None:
        """Show them, or why they can't be used at all."""
        self._settings = settings
        values = settings.values()
        for name, edit in self._edits.items():
            edit.setText(str(values[name]))
        problem = self.driver.unusable(settings)
        self._remark.setText("" if problem is None else explain(problem))
        self._remark.setVisible(problem is not None)

    def entered(self) -> DriverSettings:
        """The settings that are entered."""
        entered = {name: edit.text().strip() for name, edit in self._edits.items()}
        if not entered and self._settings is not None:
            return self._settings
        settings: DriverSettings = self.driver.completed(entered)
        return settings

    def fields(self) -> dict[str, QWidget]:
        """The control of each field of the settings."""
        return dict(self._edits)

    def tab_order(self) -> list[QWidget]:
        """Controls from top to bottom."""
        password = [] if self.password is None else self.password.tab_order()
        return [*self._order, *password]

    def _add(self, field: Field) -> None:
        label = QCoreApplication.translate("Field", field.title)
        name, *more = field.name.split("_")
        stem = name + "".join(map(str.title, more))
        edit = line_edit(self, f"{stem}Edit", label.replace("&", ""))
        self._edits[field.name] = edit
        self._order.append(edit)
        place = self._with_button(field, edit, stem) if field.path is not None else edit
        add_row(self.form, f"{label}:", self.problems.under(field.name, place))
        edit.textChanged.connect(lambda _text: self.edited.emit(field.name))
        edit.editingFinished.connect(lambda: self.left.emit(field.name))

    def _with_button(self, field: Field, edit: QLineEdit, stem: str) -> QWidget:
        button = QToolButton(self)
        button.setObjectName(f"browse{stem[0].upper()}{stem[1:]}Button")
        button.setToolTip(self.tr("Choose it"))
        button.setAccessibleName(self.tr("Choose: {field}").format(field=edit.accessibleName()))
        self.icons.put(button, IconName.BROWSE)
        button.clicked.connect(partial(self._browse, field.name, edit))
        self._order.append(button)
        place = QWidget(self)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(edit, 1)
        row.addWidget(button)
        place.setFocusProxy(edit)
        return place

    def _browse(self, name: str, edit: QLineEdit, _clicked: bool = False) -> None:
        path = QFileDialog.getExistingDirectory(self, edit.accessibleName(), edit.text())
        if path:
            edit.setText(path)
            self.left.emit(name)
