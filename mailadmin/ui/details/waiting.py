"""Disables what acts on a message while another message is being read."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


class DetailsWaiting:
    """Disables `parts` of `window` for a while, and gives the focus back afterwards.

    Qt takes the focus from a disabled widget: without this a space bar meant for Save would press
    Close.
    """

    def __init__(self, window: QWidget, *parts: QWidget) -> None:
        self._window = window
        self._parts = parts
        self._focused: QWidget | None = None  # the widget that had the focus, if Qt took it away
        self._instead: QWidget | None = None  # the widget that got the focus instead

    def begin(self) -> None:
        """Disable the parts; a second call is harmless."""
        focused = self._window.focusWidget()
        for part in self._parts:
            part.setEnabled(False)
        instead = self._window.focusWidget()
        if instead is not focused:
            self._focused, self._instead = focused, instead

    def end(self) -> None:
        """Enable the parts again, and put the focus back unless the user has moved it."""
        for part in self._parts:
            part.setEnabled(True)
        focused, instead = self._focused, self._instead
        self._focused = self._instead = None
        moved_on = self._window.focusWidget() is not instead
        if focused is not None and not moved_on and focused.isEnabled() and focused.isVisible():
            focused.setFocus()
