"""The connection test as a dialog has it: button, mark beside it, stages and dialogue."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from mailadmin.credentials import CredentialStore, Secret
from mailadmin.domain.provider import Provider
from mailadmin.drivers.registry import Drivers
from mailadmin.ui.providers.connection_test import ConnectionTest, TestReport
from mailadmin.ui.providers.connection_test_panel import ConnectionTestPanel, stage_word
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.mark import Mark


class ConnectionTestControls(QObject):
    """`button`, `result` and `panel` are for the dialog to lay out; it hides the panel at first.

    `wanted` asks for a test to be started: the dialog knows the values.
    """

    wanted = Signal()
    roomNeeded = Signal(QWidget)  # this widget has appeared
    worked = Signal()  # every stage passed

    def __init__(
        self,
        drivers: Drivers,
        credentials: CredentialStore,
        background: Background,
        icons: Icons,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.passed = False  # what stands in the dialog was tested and works
        self._icons = icons
        self._drivers = drivers
        self._test = ConnectionTest(drivers, credentials, background, self)
        self.panel = ConnectionTestPanel(icons, parent)
        self.panel.hide()
        self.result = Mark(icons, parent)
        self.result.setObjectName("testResult")
        self.button = QPushButton(self.tr("Cancel &test"), parent)
        widest = self.button.sizeHint().width()
        self.button.setObjectName("testConnectionButton")
        self.button.setAutoDefault(False)
        self._label_button(running=False)
        self.button.setMinimumWidth(max(widest, self.button.sizeHint().width()))
        self.button.clicked.connect(self._pressed)
        self.panel.opened.connect(lambda: self.roomNeeded.emit(self.panel.transcript))
        self._test.started.connect(self._started)
        self._test.stepped.connect(self.panel.show_step)
        self._test.spoke.connect(self.panel.add_line)
        self._test.finished.connect(self._finished)
        self._test.cancelled.connect(self._stopped)

    def start(self, provider: Provider, secret: Secret | None, *, look_up: bool) -> None:
        """Test `provider` with `secret`, or with the password kept for it if `look_up`."""
        self.panel.set_stages(self._drivers.of(provider.settings).stages)
        self._test.start(provider, secret, look_up=look_up)

    def cancel(self) -> None:
        """Stop a test that runs."""
        self._test.cancel()

    def forget(self) -> None:
        """What was tested is no longer what stands in the dialog."""
        self._test.cancel()
        self.passed = False
        self._label_button(running=False)
        self.result.clear()
        self.panel.hide()

    def _pressed(self) -> None:
        if self._test.running:
            self._test.cancel()
            self.result.show_mark(IconName.OFF, Role.MUTED, self.tr("Test cancelled"))
        else:
            self.wanted.emit()

    def _started(self) -> None:
        self.passed = False
        self.panel.begin()
        if self.panel.isHidden():
            self.panel.show()
            self.roomNeeded.emit(self.panel)
        self._label_button(running=True)
        self.result.show_mark(IconName.WAITING, Role.INFO, self.tr("Testing…"))

    def _finished(self, report: TestReport) -> None:
        self._label_button(running=False)
        self.panel.conclude(report)
        if report.failed_stage is None:
            icon, role, word = IconName.OK, Role.OK, self.tr("Connection works")
        else:
            icon, role = IconName.FAIL, Role.BAD
            word = self.tr("{stage} failed").format(stage=stage_word(report.failed_stage))
        self._icons.put(self.button, icon, role)
        self.button.setAccessibleDescription(word)
        self.result.show_mark(icon, role, word, colored=True)
        self.result.setAccessibleDescription(report.sentence)
        if report.passed:
            self.passed = True
            self.worked.emit()

    def _stopped(self) -> None:
        self._label_button(running=False)

    def _label_button(self, *, running: bool) -> None:
        text = self.tr("Cancel &test") if running else self.tr("&Test connection")
        self.button.setText(text)
        self.button.setAccessibleName(text.replace("&", ""))
        self.button.setAccessibleDescription("")
        self._icons.put(self.button, IconName.CLOSE if running else IconName.TEST)
