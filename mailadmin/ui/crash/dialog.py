"""The dialog about a bug: one sentence, and a report that can be copied."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from mailadmin.diagnostics.crash_report import CrashKind, CrashReport
from mailadmin.ui.crash.log_folder import open_log_folder
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role

_WIDTH, _HEIGHT = 92, 30  # average characters, lines
_MOST = 5  # reports of different bugs in one dialog


class CrashDialog(QDialog):
    """Shows a crash report; it is sent nowhere, but the user may read, copy and send it.

    `count` is how often the crash happened so far; `ends` says that the program can't go on.
    `folder` is the folder of the log, None if no log is written; `icons` is None without a window.
    """

    def __init__(
        self,
        report: CrashReport,
        *,
        count: int = 1,
        ends: bool = False,
        folder: Path | None = None,
        icons: Icons | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._folder = folder
        self._count = count
        self._origins = {report.origin}
        self.setObjectName("crashDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Mail Admin: an error"))
        self._sentence = self._label("crashSentence", self._what_happened(report.kind, ends=ends))
        self._number = self._label("crashCount", "")
        self._hint = self._label(
            "crashHint",
            self.tr(
                "The report goes nowhere by itself. Passwords, mail addresses and your home folder "
                "are left out of it; read it before you pass it on."
            ),
        )
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("crashReport")
        self._text.setAccessibleName(self.tr("Report"))
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # the report is in English
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setPlainText(report.text)
        layout = QVBoxLayout(self)
        layout.addLayout(self._head(icons))
        layout.addWidget(self._number)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._hint)
        layout.addWidget(self._buttons(icons))
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * _WIDTH, metrics.lineSpacing() * _HEIGHT)
        self._show_count()

    def add(self, report: CrashReport) -> None:
        """Add a crash that happened while the dialog is open, of the same bug or of another."""
        self._count += 1
        if report.origin not in self._origins and len(self._origins) < _MOST:
            self._origins.add(report.origin)
            place = self._text.verticalScrollBar().value()
            self._text.appendPlainText(f"\n{'=' * 60}\n{report.text}")
            self._text.verticalScrollBar().setValue(place)  # the user may be reading
        if report.kind is CrashKind.SENDER:  # the worse of two kinds of crashes
            self._sentence.setText(self._what_happened(report.kind, ends=False))
        self._show_count()

    def _what_happened(self, kind: CrashKind, *, ends: bool) -> str:
        if ends:
            return self.tr(
                "Mail Admin has to close because of an error in it. "
                "No mail that it accepted is lost: it is in the database."
            )
        match kind:
            case CrashKind.SENDER:
                return self.tr(
                    "Sending stopped because of an error in Mail Admin. No mail that it accepted "
                    "is lost: it is sent once you close the window and start Mail Admin again."
                )
            case CrashKind.EARLIER:
                return self.tr(
                    "Mail Admin ended unexpectedly the last time. "
                    "No mail that it accepted is lost: it is in the database."
                )
            case CrashKind.ERROR:
                return self.tr(
                    "Something did not work because of an error in Mail Admin. "
                    "No mail that it accepted is lost: it is in the database."
                )

    def _head(self, icons: Icons | None) -> QHBoxLayout:
        size = 2 * self.fontMetrics().height()
        mark = QLabel(self)
        if icons is None:
            kind = QStyle.StandardPixmap.SP_MessageBoxWarning
            mark.setPixmap(self.style().standardIcon(kind).pixmap(size))
        else:
            ratio = self.devicePixelRatioF()
            mark.setPixmap(icons.pixmap(IconName.WARNING, size, ratio, Role.WARNING))
        head = QHBoxLayout()
        head.addWidget(mark)
        head.addWidget(self._sentence, 1)
        return head

    def _buttons(self, icons: Icons | None) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        box.rejected.connect(self.reject)
        copy = QPushButton(self.tr("&Copy report"), self)
        copy.setObjectName("copyCrashReportButton")
        copy.clicked.connect(self._copy)
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        if icons is not None:
            icons.put(copy, IconName.COPY)
        if self._folder is not None:
            show = QPushButton(self.tr("&Open log folder"), self)
            show.setObjectName("crashLogFolderButton")
            show.clicked.connect(self._open_folder)
            box.addButton(show, QDialogButtonBox.ButtonRole.ActionRole)
            if icons is not None:
                icons.put(show, IconName.BROWSE)
        box.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        return box

    def _label(self, name: str, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _show_count(self) -> None:
        self._number.setVisible(self._count > 1)
        number = self.locale().toString(self._count)
        self._number.setText(self.tr("{count} errors by now.").format(count=number))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())
        self._hint.setText(self.tr("The report is in the clipboard."))

    def _open_folder(self) -> None:
        if self._folder is not None and (problem := open_log_folder(self._folder)):
            self._hint.setText(problem)
