"""In the details: what acts on a message rests while another one is on its way."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


class DetailsWaiting:
    """Disables `parts` of `window` for a while.

    Who goes on with the keyboard finds the focus where it was: Qt takes it from what is disabled,
    and a space bar meant for Save would press Close.
    """

    def __init__(self, window: QWidget, *parts: QWidget) -> None:
        self._window = window
        self._parts = parts
        self._focused: QWidget | None = None  # what had the focus, if Qt took it away
        self._instead: QWidget | None = None  # what got it

    def begin(self) -> None:
        """Disable them, also if they are already."""
        focused = self._window.focusWidget()
        for part in self._parts:
            part.setEnabled(False)
        instead = self._window.focusWidget()
        if instead is not focused:
            self._focused, self._instead = focused, instead

    def end(self) -> None:
        """Enable them, as far as each of their buttons is."""
        for part in self._parts:
            part.setEnabled(True)
        focused, instead = self._focused, self._instead
        self._focused = self._instead = None
        moved_on = self._window.focusWidget() is not instead
        if focused is not None and not moved_on and focused.isEnabled() and focused.isVisible():
            focused.setFocus()
