"""Parts that every group of a form is made of: labelled rows, line edits, notes."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QWidget


def add_row(form: QFormLayout, text: str, field: QWidget) -> QLabel:
    """Put `field` beside a label with its shortcut key. Return the label."""
    label = QLabel(text)
    label.setBuddy(without_proxy(field))
    form.addRow(label, field)
    return label


def without_proxy(place: QWidget) -> QWidget:
    """Return the widget that gets the focus for `place`, and remove the focus proxies on the way.

    With a proxy the Tab key would stop at the same field a second time, and start over from there.
    """
    field = place
    while (proxy := field.focusProxy()) is not None:
        field.setFocusProxy(None)  # type: ignore[arg-type]  # Qt accepts None
        field = proxy
    return field


def add_note(form: QFormLayout, place: QWidget) -> None:
    """Put `place` below the field before it, without a label."""
    without_proxy(place)
    form.setWidget(form.rowCount(), QFormLayout.ItemRole.FieldRole, place)


def line_edit(parent: QWidget, object_name: str, accessible_name: str) -> QLineEdit:
    """Return a field for one line of text."""
    edit = QLineEdit(parent)
    edit.setObjectName(object_name)
    edit.setAccessibleName(accessible_name)
    return edit


def combo(parent: QWidget) -> QComboBox:
    """Return a drop-down list, which may be narrower than its longest entry."""
    box = QComboBox(parent)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(16)
    return box


class Note(QLabel):
    """A plain sentence that wraps, no higher than its lines.

    A wrapping QLabel guesses a narrow width for its size hint, and a form keeps that height free.
    """

    def sizeHint(self) -> QSize:
        """Return the size of the text on one line."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()), metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Return the size of a few words on one line."""
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 20, metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height that the text needs at this width; a form row does not ask for it."""
        super().resizeEvent(event)
        self._claim_height()

    def setText(self, text: str, /) -> None:
        """Show another text, perhaps on more lines."""
        super().setText(text)
        self._claim_height()

    def _claim_height(self) -> None:
        # heightForWidth is no help: it is never less than the minimum that was set here before.
        room = QRect(0, 0, max(self.width(), 1), 1 << 20)
        lines = self.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, self.text())
        self.setMinimumHeight(lines.height() if self.text() else 0)


def note(parent: QWidget, object_name: str) -> Note:
    """Return a label for a plain sentence that wraps."""
    label = Note(parent)
    label.setObjectName(object_name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
