"""A thread that does one piece of work after another."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager

from mailadmin.ui.threads.task import Task


class WorkQueue:
    """Starts its thread with the first work; the thread lives in `context`.

    `deliver` gets the function that the GUI thread has to call after each piece of work.
    """

    def __init__(
        self,
        name: str,
        context: Callable[[], AbstractContextManager[object]],
        deliver: Callable[[Callable[[], None]], None],
    ) -> None:
        self._name = name
        self._context = context
        self._deliver = deliver
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Hashable | None, Task[object]]] = deque()
        self._current: Task[object] | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, task: Task[object], key: Hashable | None) -> None:
        """Do `task` after those before it; it replaces a waiting task of the same `key`."""
        with self._changed:
            if self._closed:
                task.cancel()
                return
            if key is not None:
                for entry in [entry for entry in self._waiting if entry[0] == key]:
                    entry[1].cancel()
                    self._waiting.remove(entry)
            self._waiting.append((key, task))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> tuple[list[Task[object]], list[threading.Thread]]:
        """Begin no further task; return those that are not done, and the thread to wait for."""
        with self._changed:
            self._closed = True
            tasks = [task for _, task in self._waiting]
            if self._current is not None:
                tasks.append(self._current)
            self._waiting.clear()
            self._changed.notify()
        return tasks, [] if self._thread is None else [self._thread]

    def _work(self) -> None:
        with self._context():
            while True:
                with self._changed:
                    while not self._waiting and not self._closed:
                        self._changed.wait()
                    if self._closed:
                        return
                    _, task = self._waiting.popleft()
                    self._current = task
                self._deliver(task.perform())
                with self._changed:
                    self._current = None
                del task  # its references must not live on while the thread waits
