"""Actions on many rows: asked once with their number, done in the background, told once."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMessageBox, QWidget

from mailadmin.core.domain import BulkResult
from mailadmin.core.errors import KnownError
from mailadmin.ui.background import Background
from mailadmin.ui.inline_message import InlineMessage

Work = Callable[[Sequence[int]], BulkResult]


class BulkActions(QObject):
    """Runs the bulk actions of one tab, one after the other.

    `texts` of an action are translated templates: a question and a verb, with `{count}`.
    """

    def __init__(self, window: QWidget, message: InlineMessage, background: Background) -> None:
        super().__init__(window)
        self._window = window
        self._message = message
        self._background = background

    def ask(
        self,
        ids: array[int],
        question: str,
        button: str,
        go: Callable[[], object],
        *,
        for_one: str = "",
    ) -> None:
        """Call `go` after the user said yes to the number of rows.

        For one row at once, unless there is a question `for_one`.
        """
        if len(ids) <= 1 and not (ids and for_one):
            if ids:
                go()
            return
        if len(ids) == 1:
            question = for_one
        box = QMessageBox(self._window)
        box.setObjectName("confirmDialog")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(button.replace("&", ""))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(question.format(count=self._window.locale().toString(len(ids))))
        yes = box.addButton(button, QMessageBox.ButtonRole.AcceptRole)
        yes.setObjectName("confirmButton")
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(yes)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.accepted.connect(go)
        box.open()

    def run(
        self,
        work: Work,
        ids: array[int],
        told: tuple[str, str],
        *,
        undo: QAction | None = None,
        done: Callable[[BulkResult], object] | None = None,
        failed: Callable[[], object] | None = None,
    ) -> None:
        """Do `work` on `ids` in the background and say how it went.

        `told` says what happened to one row and to `{count}` rows; `undo` is offered beside it
        when anything happened. `done` and `failed` are called before it is told.
        """

        def complain(error: KnownError) -> None:
            if failed is not None:
                failed()
            self._message.show_error(error)

        def tell(result: BulkResult) -> None:
            if done is not None:
                done(result)
            self._tell(result, told, undo)

        self._background.write(lambda: work(ids), tell, complain, owner=self)

    def _tell(self, result: BulkResult, told: tuple[str, str], undo: QAction | None) -> None:
        number = self._window.locale().toString
        parts: list[str] = []
        changed = len(result.changed)
        if changed:
            parts.append(told[0] if changed == 1 else told[1].format(count=number(changed)))
        for reason, count in Counter(result.refused.values()).most_common():
            sentence = QCoreApplication.translate("BulkResult", reason)
            if changed == 0 and len(result.refused) == 1:
                parts.append(self.tr("Nothing was changed: {reason}").format(reason=sentence))
            else:
                parts.append(
                    self.tr("{count} left as they are: {reason}").format(
                        count=number(count), reason=sentence
                    )
                )
        text = " ".join(parts)
        action = undo if changed else None
        if result.refused:
            self._message.show_warning(text, action)
        else:
            self._message.show_ok(text, action, seconds=None if action else 8)
