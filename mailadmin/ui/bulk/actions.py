"""Actions on many rows: confirmed with the number of rows, done in the background, undoable."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMessageBox, QWidget

from mailadmin.domain.errors import KnownError, NotFound
from mailadmin.domain.queue import BulkResult
from mailadmin.store import Store
from mailadmin.ui.bulk.progress import BulkProgress
from mailadmin.ui.bulk.undo_history import UndoHistory, UndoStep
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.task import Task
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.words.errors import explain

Report = Callable[[int, int], bool]
Work = Callable[[Report], BulkResult]


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A change that can be made to many rows.

    Texts are translated templates: `doing` for `{done}` of `{total}`, `one` and `many` (`{count}`)
    for the result, `undone` (one and many again) for the result of its undo.
    """

    name: str
    work: Callable[[Sequence[int], Report], BulkResult]
    doing: str
    one: str
    many: str
    undone: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A result in numbers, so that the GUI thread never counts a hundred thousand rows."""

    changed: int
    refused: Counter[str]
    undo: int | None
    left: int
    trouble: KnownError | None


def _counted(result: BulkResult) -> _Outcome:
    refused = Counter(result.refused.values())
    return _Outcome(len(result.changed), refused, result.undo, result.left, result.trouble)


class BulkActions(QObject):
    """Runs the bulk actions of one window or tab, one after the other.

    A change that can be undone goes into `history`. Only one question is on the screen at a time: a
    command that is given again before the answer, by a key held down or an impatient click, asks no
    second question.
    """

    def __init__(
        self,
        window: QWidget,
        message: InlineMessage,
        store: Store,
        background: Background,
        history: UndoHistory | None = None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._message = message
        self._store = store
        self._background = background
        self._history = history or UndoHistory(self)
        self._counting: Task[int] | None = None  # the count that a question waits for
        self._asking = False  # a question is on the screen
        self.undo_action: QAction | None = None  # the button beside a result that can be undone

    def ask(
        self,
        ids: array[int],
        question: str,
        button: str,
        go: Callable[[], object],
        *,
        for_one: str = "",
    ) -> None:
        """Ask whether to change so many rows (`{count}` in the question); call `go` after a yes.

        For a single row `go` is called at once, unless there is a question `for_one`. A question
        that still waits for its count is dropped, so that the answer to this one is not taken for
        its answer.
        """
        if self._asking:
            return
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None
        if len(ids) <= 1 and not (ids and for_one):
            if ids:
                go()
            return
        if len(ids) == 1:
            question = for_one
        box = QMessageBox(self._window)
        box.setObjectName("confirmDialog")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(_plain(button))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(question.format(count=self._number(len(ids))))
        yes = box.addButton(button, QMessageBox.ButtonRole.AcceptRole)
        yes.setObjectName("confirmButton")
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(yes)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.accepted.connect(go)
        box.finished.connect(self._answered)
        self._asking = True
        box.open()

    def _answered(self) -> None:
        self._asking = False

    def count_first(
        self,
        ids: array[int],
        count: Callable[[Sequence[int]], int],
        then: Callable[[int], object],
    ) -> None:
        """Call `then` with the result of `count` for these rows, which reads the database.

        Does nothing while a question is on the screen or waits for its count.
        """
        if self._asking or self._counting is not None:
            return

        def counted(found: int) -> None:
            self._counting = None
            then(found)

        def ended() -> None:  # also after an error or a bug; another count may have begun since
            if self._counting is task:
                self._counting = None

        task = self._counting = self._background.run(
            lambda: count(ids),
            counted,
            self._message.show_error,
            owner=self,
            ended=ended,
            long=True,
        )

    def run(self, action: BulkAction, ids: array[int]) -> None:
        """Do `action` to these rows in the background and show the result, which can be undone."""

        def done(outcome: _Outcome) -> None:
            if outcome.undo is not None:
                one, many = action.undone
                name = _plain(action.name)
                self._history.push(UndoStep(outcome.undo, name, outcome.changed, one, many))
            self._tell(outcome, action.one, action.many)

        self._start(
            lambda report: action.work(ids, report),
            action.doing,
            len(ids),
            done,
            self._message.show_error,
        )

    def undo(self) -> None:
        """Undo the last change."""
        step = self._history.last
        if step is None:
            return

        def done(outcome: _Outcome) -> None:
            if not outcome.left:
                self._history.remove(step)
            self._tell(outcome, step.one, step.many)

        def failed(error: KnownError) -> None:
            if isinstance(error, NotFound):
                self._history.remove(step)
            self._message.show_error(error)

        self._start(
            lambda report: self._store.queue.undo(step.token, report),
            self.tr("Undoing: {done} of {total}."),
            step.count,
            done,
            failed,
        )

    def _start(
        self,
        work: Work,
        doing: str,
        total: int,
        done: Callable[[_Outcome], object],
        failed: Callable[[KnownError], object],
    ) -> None:
        progress = BulkProgress(self._message, self._background, doing, total, self)
        self._history.begin()

        def ended() -> None:  # also after a bug: Undo must come back
            progress.end()
            self._history.end()

        self._background.write(
            lambda: _counted(work(progress.report)),
            done,
            failed,
            owner=self,
            ended=ended,
            long=True,
            on_cancel=progress.stop,
        )

    def _tell(self, outcome: _Outcome, one: str, many: str) -> None:
        parts: list[str] = []
        if outcome.changed:
            parts.append(
                one if outcome.changed == 1 else many.format(count=self._number(outcome.changed))
            )
        for reason, count in outcome.refused.most_common():
            sentence = QCoreApplication.translate("BulkResult", reason)
            if outcome.changed == 0 and outcome.refused.total() == 1:
                parts.append(self.tr("Nothing was changed: {reason}").format(reason=sentence))
            else:
                parts.append(
                    self.tr("{count} left as they are: {reason}").format(
                        count=self._number(count), reason=sentence
                    )
                )
        if outcome.trouble is not None:
            parts.append(explain(outcome.trouble))
        if outcome.left:
            parts.append(self.tr("Not reached: {count}.").format(count=self._number(outcome.left)))
        text = " ".join(parts)
        undo = self.undo_action if outcome.undo is not None else None
        if outcome.trouble is not None:
            self._message.show_error(text, undo)
        elif outcome.refused or outcome.left:
            self._message.show_warning(text, undo)
        else:
            self._message.show_ok(text, undo, seconds=None if undo else 8)

    def _number(self, number: int) -> str:
        return self._window.locale().toString(number)


def _plain(text: str) -> str:
    """Return the text of a button without the mark of its shortcut key."""
    return text.replace("&", "")
