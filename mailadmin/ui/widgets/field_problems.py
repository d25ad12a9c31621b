"""Shows what is wrong with a field, below the field."""

from __future__ import annotations

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.widgets.form_rows import note


class FieldProblems:
    """Labels for the problems of one form's fields, hidden while there is no problem."""

    def __init__(self, icons: Icons, form: QWidget) -> None:
        self._icons = icons
        self._form = form
        self._fields: dict[str, tuple[QWidget, QLabel]] = {}

    def under(self, name: str, field: QWidget) -> QWidget:
        """Return `field` with room for its problem below it, as one widget for the layout."""
        place = QWidget(self._form)
        label = note(place, f"{name}Problem")
        label.hide()
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(field)
        column.addWidget(label)
        place.setFocusProxy(field)
        self._fields[name] = (field, label)
        return place

    def show(self, name: str, text: str) -> bool:
        """Show `text` below the field; False if there is no such field."""
        if name not in self._fields:
            return False
        field, label = self._fields[name]
        palette = QPalette(label.palette())
        palette.setColor(QPalette.ColorRole.WindowText, self._icons.color(Role.BAD))
        label.setPalette(palette)
        label.setText(text)
        label.show()
        field.setAccessibleDescription(text)
        return True

    def has(self, name: str) -> bool:
        """Whether a problem of the field is shown."""
        return not self._fields[name][1].isHidden()

    def clear(self, name: str) -> None:
        """Remove the field's problem."""
        field, label = self._fields[name]
        label.hide()
        label.clear()
        field.setAccessibleDescription("")

    def forget(self, part: QWidget) -> None:
        """Leave the fields alone that are in `part`, which goes away."""
        for name, (field, _) in list(self._fields.items()):
            if part.isAncestorOf(field):
                del self._fields[name]

    def clear_all(self) -> None:
        """Remove all problems."""
        for name in self._fields:
            self.clear(name)
