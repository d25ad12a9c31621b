"""Puts the labels of a form beside their fields, or above them where the form is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QGroupBox, QLabel, QScrollArea, QStyle, QWidget


class WrappingRows:
    """The rows of all `groups` (each with a QFormLayout) of `form`, laid out alike."""

    def __init__(self, form: QWidget, groups: Sequence[QGroupBox]) -> None:
        self._form = form
        self._layouts = [cast(QFormLayout, group.layout()) for group in groups]
        self._wrapped = False

    def exchange(self, old: QGroupBox, new: QGroupBox) -> None:
        """Lay out the rows of `new` from now on in place of those of `old`."""
        place = self._layouts.index(cast(QFormLayout, old.layout()))
        self._layouts[place] = cast(QFormLayout, new.layout())
        self._set_wrapped(self._wrapped)

    def fit_to(self, width: int) -> None:
        """Put the labels beside the fields if both fit into `width` pixels, else above them."""
        self._set_wrapped(False)
        widest = max(label.sizeHint().width() for label in self._labels())
        if self._form.minimumSizeHint().width() > width or widest * 2 > width:
            self._set_wrapped(True)

    def narrowest(self) -> int:
        """Return the width in pixels that the form needs with its labels above the fields."""
        before = self._wrapped
        self._set_wrapped(True)
        width = self._form.minimumSizeHint().width()
        self._set_wrapped(before)
        return width

    def align_labels(self) -> None:
        """Make the labels of all groups equally wide, unless they are above the fields."""
        labels = self._labels()
        widest = max(label.sizeHint().width() for label in labels)
        for label in labels:
            label.setMinimumWidth(0 if self._wrapped else widest)

    def _set_wrapped(self, wrapped: bool) -> None:
        policy = QFormLayout.RowWrapPolicy
        for layout in self._layouts:
            layout.setRowWrapPolicy(policy.WrapAllRows if wrapped else policy.DontWrapRows)
        self._wrapped = wrapped
        self.align_labels()
        for layout in self._layouts:
            layout.activate()
        outer = self._form.layout()
        if outer is not None:
            outer.activate()

    def _labels(self) -> list[QLabel]:
        found: list[QLabel] = []
        for layout in self._layouts:
            for row in range(layout.rowCount()):
                item = layout.itemAt(row, QFormLayout.ItemRole.LabelRole)
                label = None if item is None else item.widget()
                if isinstance(label, QLabel):
                    found.append(label)
        return found


class FormArea(QScrollArea):
    """Scrolls `form` vertically, and horizontally only if its `rows` need that."""

    def __init__(self, form: QWidget, rows: WrappingRows, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(form)

    def bar_width(self) -> int:
        """The pixels kept free for the scroll bar."""
        return self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)

    def keep_usable(self, most: int) -> None:
        """Keep the width that the rows need, up to `most` pixels."""
        self.setMinimumWidth(min(self._rows.narrowest() + self.bar_width(), most))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the rows out for the new width."""
        super().resizeEvent(event)
        self._rows.fit_to(self.width() - self.bar_width())
