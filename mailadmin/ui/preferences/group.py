"""One group of preferences as a box of the dialog, built from their declarations."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QGroupBox, QWidget

from mailadmin.domain.errors import InvalidInput
from mailadmin.preferences import PREFERENCES, Group, Preference
from mailadmin.ui.preferences.editors import Editor, make_editor, name_of, words
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.widgets.field_problems import FieldProblems
from mailadmin.ui.widgets.form_rows import add_note, add_row, note
from mailadmin.ui.words.errors import explain


class PreferenceGroup(QGroupBox):
    """`edited` comes with every change. What is wrong is said beside the field at once."""

    edited = Signal()

    def __init__(self, group: Group, icons: Icons, parent: QWidget) -> None:
        super().__init__(words(group.title), parent)
        self._problems = FieldProblems(icons, self)
        self._editors: dict[str, Editor] = {}  # by the preference's key
        self.form = QFormLayout(self)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for preference in PREFERENCES:
            if preference.group == group:
                self._add(preference)

    def load(self, values: dict[str, Any]) -> None:
        """Show these values by key."""
        for key, editor in self._editors.items():
            editor.load(values[key])

    def values(self) -> dict[str, Any] | None:
        """What is entered, by key; None if it can't be used, which is said beside the fields."""
        entered: dict[str, Any] = {}
        for key, editor in self._editors.items():
            try:
                entered[key] = editor.value()
            except InvalidInput as problem:
                self._problems.show(key, explain(problem))
            else:
                if self._problems.has(key):
                    self._problems.clear(key)
        return entered if len(entered) == len(self._editors) else None

    def focus_problem(self) -> bool:
        """Go to the first field that can't be used; False if there is none."""
        for key, editor in self._editors.items():
            if self._problems.has(key):
                editor.widget.setFocus()
                return True
        return False

    def controls(self) -> list[QWidget]:
        """The controls from top to bottom."""
        return [editor.widget for editor in self._editors.values()]

    def _add(self, preference: Preference[Any]) -> None:
        editor = make_editor(preference, self, self.edited.emit)
        editor.widget.setToolTip(words(preference.description))
        self._editors[preference.key] = editor
        place = self._problems.under(preference.key, editor.widget)
        explanation = note(self, name_of(preference, "Note"))
        explanation.setText(words(preference.note))
        explanation.setVisible(bool(preference.note))
        if editor.labelled:
            self.form.addRow(place)
            self.form.addRow(explanation)
        else:
            add_row(self.form, words(preference.label), place)
            add_note(self.form, explanation)
