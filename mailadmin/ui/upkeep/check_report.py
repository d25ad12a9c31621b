"""The dialog with the result of a database check and what to do about it."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.store.upkeep.findings import CheckReport
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.words.cell_text import file_size
from mailadmin.ui.words.errors import explain

_WIDTH, _HEIGHT = 80, 16  # average characters, lines


class CheckReportDialog(QDialog):
    """Shows one sentence, and the findings as text that can be copied."""

    def __init__(self, report: CheckReport, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("checkReport")
        self.setWindowTitle(self.tr("Check of the database"))
        number = self.locale().toString
        checked = self.tr("{count} messages were read ({size}).").format(
            count=number(report.messages_checked), size=file_size(report.bytes_checked)
        )
        if report.sound:
            words = self.tr("No damage was found.")
        elif len(report.findings) == 1:
            words = self.tr("1 thing is not as it should be.")
        else:
            words = self.tr("{count} things are not as they should be.").format(
                count=number(len(report.findings))
            )
        mark = QLabel(self)
        height = self.fontMetrics().height()
        icon, role = (
            (IconName.SUCCESS, Role.OK) if report.sound else (IconName.WARNING, Role.WARNING)
        )
        mark.setPixmap(icons.pixmap(icon, height, self.devicePixelRatioF(), role))
        self._summary = QLabel(f"{words} {checked}", self)
        self._summary.setObjectName("checkSummary")
        self._summary.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(mark)
        head.addWidget(self._summary, 1)
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("checkFindings")
        self._text.setAccessibleName(self.tr("What was found"))
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setPlainText(
            "\n\n".join(f"• {explain(finding.problem)}" for finding in report.findings)
        )
        self._text.setVisible(not report.sound)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        if not report.sound:
            copy = QPushButton(self.tr("&Copy"), self)
            copy.setObjectName("copyFindingsButton")
            icons.put(copy, IconName.COPY)
            copy.clicked.connect(self._copy)
            buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addWidget(self._text, 1)
        layout.addWidget(buttons)
        metrics = self.fontMetrics()
        lines = 4 if report.sound else _HEIGHT
        self.resize(metrics.averageCharWidth() * _WIDTH, metrics.lineSpacing() * lines)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._summary.text()}\n\n{self._text.toPlainText()}")
