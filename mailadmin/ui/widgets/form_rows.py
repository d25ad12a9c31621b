"""Pieces of a form that every group is made of: labelled rows, line edits, notes."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QWidget


def add_row(form: QFormLayout, text: str, field: QWidget) -> QLabel:
    """Put `field` beside a label with its shortcut key. Gives the label."""
    label = QLabel(text)
    label.setBuddy(without_proxy(field))
    form.addRow(label, field)
    return label


def without_proxy(place: QWidget) -> QWidget:
    """The widget `place` stands for in the matter of focus; it no longer does.

    With a proxy it would be a second stop of the Tab key at the same field, from where the key
    starts over.
    """
    field = place
    while (proxy := field.focusProxy()) is not None:
        field.setFocusProxy(None)  # type: ignore[arg-type]  # Qt takes it
        field = proxy
    return field


def add_note(form: QFormLayout, place: QWidget) -> None:
    """Put `place` below the field before it, beside no label."""
    without_proxy(place)
    form.setWidget(form.rowCount(), QFormLayout.ItemRole.FieldRole, place)


def line_edit(parent: QWidget, object_name: str, accessible_name: str) -> QLineEdit:
    """One line of text."""
    edit = QLineEdit(parent)
    edit.setObjectName(object_name)
    edit.setAccessibleName(accessible_name)
    return edit


def combo(parent: QWidget) -> QComboBox:
    """A list to choose from, which may be narrower than its longest entry."""
    box = QComboBox(parent)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(16)
    return box


class Note(QLabel):
    """A plain sentence that wraps, no higher than its lines.

    A wrapping QLabel guesses a narrow width for its size hint, and a form keeps that height free.
    """

    def sizeHint(self) -> QSize:
        """All on one line."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()), metrics.height())

    def minimumSizeHint(self) -> QSize:
        """A few words wide."""
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 20, metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Claim the height that the text needs at this width; a form row does not ask for it."""
        super().resizeEvent(event)
        self._claim_height()

    def setText(self, text: str, /) -> None:
        """Say something else, perhaps on more lines."""
        super().setText(text)
        self._claim_height()

    def _claim_height(self) -> None:
        # Not heightForWidth: that is never less than the minimum set here before.
        room = QRect(0, 0, max(self.width(), 1), 1 << 20)
        lines = self.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, self.text())
        self.setMinimumHeight(lines.height() if self.text() else 0)


def note(parent: QWidget, object_name: str) -> Note:
    """A plain sentence that wraps."""
    label = Note(parent)
    label.setObjectName(object_name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
