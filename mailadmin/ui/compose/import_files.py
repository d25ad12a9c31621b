"""Imports .eml files: queues those that can be sent, and reports the others with reasons."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from mailadmin.domain.errors import KnownError
from mailadmin.domain.message import NewMessage
from mailadmin.intake.eml import read_eml
from mailadmin.message import DEFAULT_SIZE_LIMIT
from mailadmin.store import Store
from mailadmin.ui.threads.background import Background

_FILES_AT_ONCE = 50  # files in one commit
_BYTES_AT_ONCE = 32 * 1024 * 1024  # bytes in one commit; bounds the memory of an import


@dataclass(slots=True)
class ImportResult:
    """What became of each file of an import."""

    taken: list[tuple[Path, list[int]]] = field(default_factory=list)  # with its queue IDs
    refused: list[tuple[Path, KnownError]] = field(default_factory=list)
    known: int = 0  # files that were queued or sent before, to the same recipients

    def summary(self) -> str:
        """Return one or two sentences about the result."""
        translate = QCoreApplication.translate
        recipients = sum(len(queue_ids) for _, queue_ids in self.taken)
        if len(self.taken) == 1:
            text = translate("ImportResult", "1 message was queued, for {recipients} recipients.")
            if recipients == 1:
                text = translate("ImportResult", "1 message was queued.")
        elif self.taken:
            text = translate(
                "ImportResult", "{messages} messages were queued, for {recipients} recipients."
            )
        else:
            text = translate("ImportResult", "Nothing was queued.")
        if len(self.refused) == 1:
            text += " " + translate("ImportResult", "1 file could not be imported.")
        elif self.refused:
            text += " " + translate("ImportResult", "{files} files could not be imported.")
        if self.known == 1:
            text += " " + translate(
                "ImportResult",
                "1 file was queued or sent before and was left out. To send it again, use Resend "
                "in the Log.",
            )
        elif self.known:
            text += " " + translate(
                "ImportResult",
                "{known} files were queued or sent before and were left out. To send one again, "
                "use Resend in the Log.",
            )
        return text.format(
            messages=len(self.taken),
            recipients=recipients,
            files=len(self.refused),
            known=self.known,
        )


@dataclass(slots=True)
class _Batch:
    files: list[tuple[Path, NewMessage]] = field(default_factory=list)
    refused: list[tuple[Path, KnownError]] = field(default_factory=list)
    left: deque[Path] = field(default_factory=deque)


class FileImport(QObject):
    """Imports files, one import at a time; further files are added to the one under way."""

    progressed = Signal(int, int)  # files done, files in all
    finished = Signal(object)  # ImportResult

    def __init__(
        self,
        store: Store,
        background: Background,
        *,
        size_limit: int = DEFAULT_SIZE_LIMIT,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._background = background
        self._size_limit = size_limit
        self._left: deque[Path] = deque()
        self._count = 0
        self._result = ImportResult()
        self._running = False

    @property
    def running(self) -> bool:
        """Whether an import is under way."""
        return self._running

    def ask(self, window: QWidget) -> None:
        """Let the user choose files, and import them."""
        names, _ = QFileDialog.getOpenFileNames(
            window,
            self.tr("Import messages"),
            "",
            self.tr("Messages (*.eml);;All files (*)"),
        )
        self.start([Path(name) for name in names])

    def start(self, paths: Iterable[Path]) -> None:
        """Import these files."""
        new = list(paths)
        self._left.extend(new)
        self._count += len(new)
        if self._left and not self._running:
            self._running = True
            self._result = ImportResult()
            self._read_some()

    def _read_some(self) -> None:
        paths = deque(self._left)
        self._left.clear()
        # not in the store's thread: a file may lie on a server that does not answer
        self._background.run_detached(
            partial(_read_batch, paths, self._size_limit), self._take_batch, owner=self
        )

    def _take_batch(self, batch: _Batch) -> None:
        self._left.extendleft(reversed(batch.left))
        self._result.refused += batch.refused
        if not batch.files:
            self._go_on()
            return
        messages = [message for _, message in batch.files]
        paths = [path for path, _ in batch.files]
        self._background.write(
            lambda: self._store.queue.enqueue(messages, skip_known=True),
            partial(self._queued, paths),
            partial(self._give_up, paths),
            owner=self,
        )

    def _queued(self, paths: Sequence[Path], queue_ids: Sequence[list[int]]) -> None:
        taken = [(path, ids) for path, ids in zip(paths, queue_ids, strict=True) if ids]
        self._result.taken += taken
        self._result.known += len(paths) - len(taken)
        self._go_on()

    def _give_up(self, paths: Sequence[Path], error: KnownError) -> None:
        """Stop: the store takes no mail now (disk full, locked), so no other file either."""
        self._result.refused += [(path, error) for path in (*paths, *self._left)]
        self._left.clear()
        self._go_on()

    def _go_on(self) -> None:
        result = self._result
        done = len(result.taken) + len(result.refused) + result.known
        self.progressed.emit(done, self._count)
        if self._left:
            self._read_some()
            return
        self._running = False
        self._count = 0
        self.finished.emit(self._result)


def _read_batch(paths: deque[Path], size_limit: int) -> _Batch:
    batch = _Batch(left=paths)
    size = 0
    while batch.left and len(batch.files) < _FILES_AT_ONCE and size < _BYTES_AT_ONCE:
        path = batch.left.popleft()
        try:
            message = read_eml(path, size_limit=size_limit)
        except KnownError as error:
            batch.refused.append((path, error))
        else:
            size += len(message.content)
            batch.files.append((path, message))
    return batch
