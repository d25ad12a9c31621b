"""Pause sending: the action says what holds, whoever paused or resumed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAction

from mailadmin.delivery import Activity, SenderState
from mailadmin.ui.threads.sender import Sender

_OBEYED_WITHIN = 3000  # milliseconds the sender may take until it says what was just chosen
_SAY_NOTHING_OF_IT = {Activity.STORAGE_TROUBLE, Activity.STOPPED}


class PauseCommand(QObject):
    """Joins the checkable `action` and `sender`, which stores a pause and obeys those of others."""

    def __init__(
        self, action: QAction, sender: Sender, *, paused: bool, parent: QObject | None = None
    ) -> None:
        """`paused` is what is stored when the window opens."""
        super().__init__(parent)
        self._action = action
        self._sender = sender
        self._told: bool | None = paused  # by the sender, the last time; None: it doesn't say
        self._showing = False
        self._awaited = QTimer(self, singleShot=True, interval=_OBEYED_WITHIN)
        self._awaited.timeout.connect(self._show)
        self._show()
        action.toggled.connect(self._choose)
        sender.stateChanged.connect(self._follow)

    @Slot(bool)
    def _choose(self, paused: bool) -> None:
        if not self._showing:
            self._awaited.start()
            self._sender.set_paused(paused)

    @Slot(object)
    def _follow(self, state: SenderState) -> None:
        if state.activity in _SAY_NOTHING_OF_IT:
            self._told = None
            return
        self._told = state.activity is Activity.PAUSED
        if self._told is self._action.isChecked():
            self._awaited.stop()
        elif not self._awaited.isActive():  # else it does not know yet what was chosen
            self._show()

    @Slot()
    def _show(self) -> None:
        if self._told is not None:
            self._showing = True
            self._action.setChecked(self._told)
            self._showing = False
