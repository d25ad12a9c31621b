"""Finds texts of a window that don't fit into their places."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QGroupBox,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QToolButton,
    QWidget,
)

_MORE = ("qt_toolbar_ext_button", "ScrollLeftButton")  # of a toolbar, of a row of tabs
_SLACK = 2  # pixels that rounding may take


def clipped(window: QWidget) -> list[str]:
    """Return the texts of `window` that are cut off, as sentences."""
    return [
        f"{type(widget).__name__} {widget.objectName()!r} “{text}”: {reason}"
        for widget in (window, *window.findChildren(QWidget))
        if widget.isVisibleTo(window)
        for text, reason in _faults(widget)
    ]


def _faults(widget: QWidget) -> Iterator[tuple[str, str]]:
    if widget.objectName() in _MORE:
        yield "»", "there is more than fits"
    elif widget.objectName().startswith("qt_"):
        return  # parts of Qt's own widgets
    elif isinstance(widget, QLabel):
        yield from _label(widget)
    elif isinstance(widget, QAbstractButton):
        yield from _button(widget)
    elif isinstance(widget, QGroupBox):
        wanted = widget.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, widget.title()).width()
        if wanted > widget.width() + _SLACK:
            yield widget.title(), f"{wanted} pixels in {widget.width()}"
    elif isinstance(widget, QComboBox) and not widget.isEditable():
        wanted = widget.sizeHint().width()
        fixed = widget.sizeAdjustPolicy() is QComboBox.SizeAdjustPolicy.AdjustToContents
        if fixed and wanted > widget.width() + _SLACK:
            yield widget.currentText(), f"{wanted} pixels in {widget.width()}"


def _label(label: QLabel) -> Iterator[tuple[str, str]]:
    text = label.text()
    if not text or (label.pixmap() and not label.pixmap().isNull()):
        return
    if label.wordWrap():
        wanted = label.heightForWidth(label.width())
        if wanted > label.height() + _SLACK and not _scrolls(label):
            yield text, f"{wanted} pixels high in {label.height()}"
    elif label.sizeHint().width() > label.width() + _SLACK:
        yield text, f"{label.sizeHint().width()} pixels in {label.width()}"


def _button(button: QAbstractButton) -> Iterator[tuple[str, str]]:
    if not button.text():
        return
    wanted = 0
    if isinstance(button, (QCheckBox, QRadioButton)):
        wanted = button.sizeHint().width()
    elif isinstance(button, QPushButton) or (
        isinstance(button, QToolButton)
        and button.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly
    ):
        metrics = button.fontMetrics()
        wanted = metrics.size(Qt.TextFlag.TextShowMnemonic, button.text()).width()
        if not button.icon().isNull():
            wanted += button.iconSize().width()
    if wanted > button.width() + _SLACK:
        yield button.text(), f"{wanted} pixels in {button.width()}"


def _scrolls(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    return parent is not None
