"""The Limits group of the provider dialog: when it is chosen, and how much it is asked to send."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QFormLayout, QGroupBox, QHBoxLayout, QSpinBox, QWidget

from mailadmin.domain.provider import Provider
from mailadmin.providers.validation import count_range
from mailadmin.ui.widgets.field_problems import FieldProblems
from mailadmin.ui.widgets.form_rows import add_note, add_row, note

_PERIODS = ("second", "minute", "hour", "day")


class LimitsGroup(QGroupBox):
    """Priority, share, connections and limits. Signals carry the attribute.

    `spins` has a field for each attribute of `Provider` that counts.
    """

    edited = Signal(str)
    left = Signal(str)

    def __init__(self, problems: FieldProblems, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Limits"))
        self.spins: dict[str, QSpinBox] = {}
        self._problems = problems
        self._form = form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._add("priority", self.tr("Priority:"))
        self._explain(
            "priorityNote",
            self.tr(
                "Providers with the lowest number are tried first; others take over when those "
                "can't send."
            ),
        )
        self._add("weight", self.tr("Weight (sh&are):"))
        self._explain(
            "weightNote",
            self.tr(
                "Among providers of one priority mail is shared: weight 2 gets twice as much as "
                "weight 1."
            ),
        )
        self._add("max_connections", self.tr("Connect&ions at once:"))
        self._add("messages_per_connection", self.tr("&Messages per connection:"))
        for attribute, label in (
            ("limit_per_second", self.tr("&Limit per second:")),
            ("limit_per_minute", self.tr("Limit per minute:")),
            ("limit_per_hour", self.tr("Limit per hour:")),
            ("limit_per_day", self.tr("Limit per day:")),
        ):
            self._add(attribute, label)
        self._explain(
            "limitsNote",
            self.tr("Mail over a limit waits until there is room; it uses no attempt."),
        )

    def load(self, provider: Provider) -> None:
        """Show `provider`."""
        for attribute, spin in self.spins.items():
            spin.setValue(getattr(provider, attribute) or 0)

    def applied_to(self, provider: Provider) -> Provider:
        """`provider` with what is entered here."""
        values = {
            name: None if isinstance(spin, LimitSpin) and not spin.value() else spin.value()
            for name, spin in self.spins.items()
        }
        return replace(provider, **values)  # type: ignore[arg-type]  # only counts are in it

    def tab_order(self) -> list[QWidget]:
        """Fields from top to bottom."""
        return list(self.spins.values())

    def _add(self, attribute: str, label: str) -> None:
        least, most = count_range(attribute)
        if attribute.startswith("limit_"):
            spin: QSpinBox = LimitSpin(self)
            least = 0
        else:
            spin = QSpinBox(self)
        words = attribute.split("_")
        spin.setObjectName(f"{words[0]}{''.join(map(str.title, words[1:]))}Spin")
        spin.setAccessibleName(label.replace("&", "").rstrip(":"))
        spin.setRange(least, most)
        spin.setMaximumWidth(spin.sizeHint().width())
        self.spins[attribute] = spin
        add_row(self._form, label, self._problems.under(attribute, _narrow(self, spin)))
        spin.valueChanged.connect(lambda _value: self.edited.emit(attribute))
        spin.editingFinished.connect(lambda: self.left.emit(attribute))

    def _explain(self, object_name: str, text: str) -> None:
        label = note(self, object_name)
        label.setText(text)
        add_note(self._form, label)


class LimitSpin(QSpinBox):
    """A number, or nothing for no limit."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSpecialValueText(self.tr("No limit"))

    def validate(self, text: str, position: int, /) -> tuple[QValidator.State, str, int]:
        """Let the field be empty."""
        if not text.strip():
            return QValidator.State.Acceptable, text, position
        return super().validate(text, position)


def _narrow(parent: QWidget, spin: QSpinBox) -> QWidget:
    place = QWidget(parent)
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(spin)
    row.addStretch(1)
    place.setFocusProxy(spin)
    return place
