"""What a preference is edited with: one control for each kind of value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QSpinBox, QWidget

from mailadmin.preferences import Preference
from mailadmin.preferences.kinds import Share, YesNo
from mailadmin.ui.widgets.form_rows import line_edit


class Editor(Protocol):
    """A control with the value of one preference."""

    labelled: bool  # the control says itself what it is about

    @property
    def widget(self) -> QWidget:
        """The control."""

    def load(self, value: Any) -> None:  # noqa: ANN401 - of the preference's type
        """Show a value."""

    def value(self) -> Any:  # noqa: ANN401
        """What is entered. Raises `InvalidInput`."""


def make_editor(
    preference: Preference[Any], parent: QWidget, on_change: Callable[[], None]
) -> Editor:
    """The control that fits the kind of the preference; `on_change` is called with every change."""
    match preference.kind:
        case YesNo():
            return _Check(preference, parent, on_change)
        case Share() as share:
            return _PerCent(preference, share, parent, on_change)
        case _:
            return _Text(preference, parent, on_change)


def words(text: str) -> str:
    """A declared text in the user's language."""
    return QCoreApplication.translate("Preferences", text)


def name_of(preference: Preference[Any], what: str) -> str:
    """The object name of a part: `retryDelaysEdit`."""
    first, *rest = preference.key.split("_")
    return "".join([first, *(word.capitalize() for word in rest), what])


def _said(preference: Preference[Any]) -> str:
    """The label without the mark of its shortcut key, as it is read aloud."""
    return words(preference.label).replace("&", "").rstrip(": ")


class _Check:
    labelled = True

    def __init__(
        self, preference: Preference[Any], parent: QWidget, on_change: Callable[[], None]
    ) -> None:
        self.widget = QCheckBox(words(preference.label), parent)
        self.widget.setObjectName(name_of(preference, "Check"))
        self.widget.setAccessibleDescription(words(preference.note))
        self.widget.toggled.connect(lambda _checked: on_change())

    def load(self, value: bool) -> None:
        self.widget.setChecked(value)

    def value(self) -> bool:
        return self.widget.isChecked()


class _PerCent:
    labelled = False

    def __init__(
        self,
        preference: Preference[Any],
        share: Share,
        parent: QWidget,
        on_change: Callable[[], None],
    ) -> None:
        self.widget = QSpinBox(parent)
        self.widget.setObjectName(name_of(preference, "Spin"))
        self.widget.setAccessibleName(_said(preference))
        self.widget.setRange(round(share.range.least * 100), round(share.range.most * 100))
        self.widget.setSuffix(QCoreApplication.translate("Preferences", " %"))
        self.widget.valueChanged.connect(lambda _value: on_change())

    def load(self, value: float) -> None:
        self.widget.setValue(round(value * 100))

    def value(self) -> float:
        return self.widget.value() / 100


class _Text:
    labelled = False

    def __init__(
        self, preference: Preference[Any], parent: QWidget, on_change: Callable[[], None]
    ) -> None:
        self._preference = preference
        self.widget = line_edit(parent, name_of(preference, "Edit"), _said(preference))
        self.widget.textChanged.connect(lambda _text: on_change())

    def load(self, value: object) -> None:
        self.widget.setText(self._preference.kind.show(value))

    def value(self) -> object:
        return self._preference.kind.parse(self.widget.text(), self._preference.key)
