"""What a connection test shows: a mark and a word, the stages, and what was said."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.drivers.probing import ProbeStep, StepState
from mailadmin.ui.providers.connection_test import TestReport
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.widgets.form_rows import note
from mailadmin.ui.widgets.mark import Mark

_LONGER = {"TLS": QT_TRANSLATE_NOOP("Stage", "TLS and certificate")}
_STATES = {
    StepState.PASSED: QT_TRANSLATE_NOOP("Stage", "passed"),
    StepState.FAILED: QT_TRANSLATE_NOOP("Stage", "failed"),
    StepState.SKIPPED: QT_TRANSLATE_NOOP("Stage", "skipped"),
}
_MARKS = {
    StepState.PASSED: (IconName.OK, Role.OK),
    StepState.FAILED: (IconName.FAIL, Role.BAD),
    StepState.SKIPPED: (IconName.SKIPPED, Role.MUTED),
}


class ConnectionTestPanel(QWidget):
    """The stages in a row, the reason of a failure, the dialogue with the server."""

    opened = Signal()  # the dialogue is shown and wants room

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("connectionTestPanel")
        self._icons = icons
        self._marks: dict[str, Mark] = {}
        self._strip = QHBoxLayout()
        self._strip.setSpacing(12)
        self._strip.addStretch(1)
        self.sentence = note(self, "testSentence")
        self.sentence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._make_details_buttons(icons)
        self._make_transcript()
        buttons = QHBoxLayout()
        buttons.addWidget(self.details)
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._strip)
        column.addWidget(self.sentence)
        column.addLayout(buttons)
        column.addWidget(self.transcript)
        self._set_open(False)

    def _make_details_buttons(self, icons: Icons) -> None:
        self.details = QToolButton(self)
        self.details.setObjectName("testDetailsButton")
        self.details.setText(self.tr("&Dialogue with the server"))
        self.details.setToolTip(self.tr("Show what was said; passwords are not part of it"))
        self.details.setCheckable(True)
        self.details.setAutoRaise(True)
        self.details.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.details.setArrowType(Qt.ArrowType.RightArrow)
        self.details.toggled.connect(self._set_open)
        self._copy = QToolButton(self)
        self._copy.setObjectName("copyTranscriptButton")
        self._copy.setAutoRaise(True)
        self._copy.setToolTip(self.tr("Copy the dialogue"))
        self._copy.setAccessibleName(self.tr("Copy the dialogue"))
        icons.put(self._copy, IconName.COPY)
        self._copy.clicked.connect(self._copy_all)

    def _make_transcript(self) -> None:
        self.transcript = QPlainTextEdit(self)
        self.transcript.setObjectName("transcriptText")
        self.transcript.setAccessibleName(self.tr("Dialogue with the server"))
        self.transcript.setReadOnly(True)
        self.transcript.setUndoRedoEnabled(False)
        self.transcript.setTabChangesFocus(True)
        self.transcript.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.transcript.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))

    def tab_order(self) -> list[QWidget]:
        """Controls from top to bottom."""
        return [self.details, self._copy, self.transcript]

    def set_stages(self, stages: Sequence[StrEnum]) -> None:
        """Which stages the next test has."""
        if list(self._marks) == list(stages):
            return
        for mark in self._marks.values():
            mark.hide()
            mark.deleteLater()
        self._marks = {stage: Mark(self._icons, self) for stage in stages}
        for place, (stage, mark) in enumerate(zip(stages, self._marks.values(), strict=True)):
            mark.setObjectName(f"{stage.name.lower()}Stage")
            self._strip.insertWidget(place, mark)

    def begin(self) -> None:
        """A test starts: the first stage is under way, nothing was said yet."""
        self.sentence.hide()
        self.transcript.clear()
        for place, stage in enumerate(self._marks):
            self._wait(stage, under_way=place == 0)

    def show_step(self, step: ProbeStep) -> None:
        """A stage ended, so the next is under way."""
        word = stage_word(step.stage)
        state = QCoreApplication.translate("Stage", _STATES[step.state])
        icon, role = _MARKS[step.state]
        mark = self._marks[step.stage]
        mark.show_mark(icon, role, word, colored=step.state is StepState.FAILED)
        mark.setToolTip(step.sentence)
        mark.setAccessibleName(f"{word}: {state}")
        duration = f" ({step.duration * 1000:.0f} ms)" if step.duration else ""
        self.add_line(f"= {word}: {state}{duration}. {step.sentence}")
        stages = list(self._marks)
        following = stages.index(step.stage) + 1
        if step.state is not StepState.FAILED and following < len(stages):
            self._wait(stages[following], under_way=True)

    def add_line(self, line: str) -> None:
        """A line of the dialogue."""
        self.transcript.appendPlainText(line)

    def conclude(self, report: TestReport) -> None:
        """Say why the test failed, if it did."""
        self.sentence.setText(report.sentence)
        self.sentence.setVisible(bool(report.sentence))

    def _wait(self, stage: str, *, under_way: bool) -> None:
        mark = self._marks[stage]
        mark.show_mark(
            IconName.IN_PROGRESS if under_way else IconName.DOT,
            Role.INFO if under_way else Role.MUTED,
            stage_word(stage),
        )
        mark.setToolTip("")
        mark.setAccessibleName(
            self.tr("{stage}: under way").format(stage=stage_word(stage))
            if under_way
            else self.tr("{stage}: not reached yet").format(stage=stage_word(stage))
        )

    def _set_open(self, is_open: bool) -> None:
        self.transcript.setVisible(is_open)
        self._copy.setVisible(is_open)
        if is_open:
            self.opened.emit()
        self.details.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)

    def _copy_all(self) -> None:
        QGuiApplication.clipboard().setText(self.transcript.toPlainText())


def stage_word(stage: str) -> str:
    """What a stage is called in the user's language."""
    return QCoreApplication.translate("Stage", _LONGER.get(stage, stage))
