"""The options of a new message, not before, expiry and priority, which are folded at first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QDateTime, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QFormLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput

_HIGH, _NORMAL, _LOW = 5, 10, 20  # priorities: lower is claimed first


@dataclass(frozen=True, slots=True)
class Schedule:
    """The chosen times and priority."""

    priority: int = _NORMAL
    not_before: datetime | None = None
    expires_at: datetime | None = None


class MessageOptions(QWidget):
    """A button that folds and unfolds the fields."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._toggle = QToolButton(self)
        self._toggle.setObjectName("optionsButton")
        self._toggle.setText(self.tr("&Options"))
        self._toggle.setToolTip(self.tr("Priority, and when the message may be sent"))
        self._toggle.setCheckable(True)
        self._toggle.setAutoRaise(True)
        self._toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._toggle.setArrowType(Qt.ArrowType.RightArrow)
        self._fields = QWidget(self)
        self._priority = QComboBox(self._fields)
        self._priority.setObjectName("priorityCombo")
        for text, value in (
            (self.tr("High: before other mail"), _HIGH),
            (self.tr("Normal"), _NORMAL),
            (self.tr("Low: after other mail"), _LOW),
        ):
            self._priority.addItem(text, value)
        self._priority.setCurrentIndex(1)
        self._not_before, not_before = self._date("notBefore", self.tr("Not &before:"), 1)
        self._expires, expires = self._date("expires", self.tr("&Expires:"), 24)
        form = QFormLayout(self._fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.tr("&Priority:"), self._priority)
        form.addRow(not_before, self._not_before)
        form.addRow(expires, self._expires)
        self._boxes = (not_before, expires)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._toggle)
        column.addWidget(self._fields)
        self._toggle.toggled.connect(self._open)
        self._open(False)
        self.setFocusProxy(self._toggle)

    def _date(self, name: str, label: str, hours: int) -> tuple[QDateTimeEdit, QCheckBox]:
        box = QCheckBox(label, self._fields)
        box.setObjectName(f"{name}Check")
        field = QDateTimeEdit(QDateTime.currentDateTime().addSecs(hours * 3600), self._fields)
        field.setObjectName(f"{name}Edit")
        field.setAccessibleName(label.replace("&", "").rstrip(":"))
        field.setCalendarPopup(True)
        field.setEnabled(False)
        box.toggled.connect(field.setEnabled)
        return field, box

    def _open(self, opened: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow
        self._toggle.setArrowType(arrow)
        self._fields.setVisible(opened)

    @property
    def changed(self) -> bool:
        """Whether an option differs from its default."""
        return self._priority.currentData() != _NORMAL or any(
            box.isChecked() for box in self._boxes
        )

    def schedule(self) -> Schedule:
        """Return the chosen options. Raises `InvalidInput` for times that exclude each other."""
        not_before, expires = (
            _moment(field) if box.isChecked() else None
            for field, box in zip((self._not_before, self._expires), self._boxes, strict=True)
        )
        if expires is not None and expires <= datetime.now(UTC):
            raise InvalidInput(
                "options", QT_TRANSLATE_NOOP("KnownError", "It would have expired already.")
            )
        if expires is not None and not_before is not None and expires <= not_before:
            raise InvalidInput(
                "options",
                QT_TRANSLATE_NOOP("KnownError", "It would expire before it may be sent."),
            )
        return Schedule(int(self._priority.currentData()), not_before, expires)


def _moment(field: QDateTimeEdit) -> datetime:
    return datetime.fromtimestamp(field.dateTime().toMSecsSinceEpoch() / 1000, UTC)
