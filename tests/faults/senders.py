"""`mailadmin send --forever` as a process: what it says, as it says it.

with sender(product) as running:
    running.wait(" sent: ann@example.net ")
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.product import Product

PATIENCE = 60.0  # seconds
QUICKLY = {"poll": 0.05, "recover_every": 0.2, "stop_grace": 0.5}


@dataclass
class Sender:
    """A running sender."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    _said: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, word: str, count: int = 1) -> list[str]:
        """Wait until `count` lines hold `word`; gives those lines."""
        with self._said:
            enough = self._said.wait_for(lambda: len(self.holding(word)) >= count, PATIENCE)
        assert enough, f"{word!r} was not said {count} times:\n{self.text}"
        return self.holding(word)

    def holding(self, word: str) -> list[str]:
        """The lines with `word` so far."""
        return [line for line in self.lines if word in line]

    @property
    def text(self) -> str:
        """All it said so far."""
        return "".join(self.lines)

    def freeze(self) -> None:
        """Stop it in its tracks."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> int:
        """Tell it to end, as a service manager does; gives the exit code."""
        until(self._heeds_signals, lambda: self.text)
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def _heeds_signals(self) -> bool:
        """Whether it has got so far that SIGTERM is a request to it; before, it is the end."""
        status = Path(f"/proc/{self.process.pid}/status")
        if self.process.poll() is not None or not status.exists():  # ended, or not on Linux
            return True
        (caught,) = re.findall(r"^SigCgt:\s*(\w+)$", status.read_text(), re.MULTILINE)
        return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)

    def listen(self) -> None:
        """Take down what it says until it ends. Runs in a thread of its own."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._said:
                self.lines.append(line)
                self._said.notify_all()


@contextmanager
def sender(
    product: Product,
    *,
    prefix: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    **options: object,
) -> Iterator[Sender]:
    """Run one; `prefix` is the program that starts it, `options` are those of the Deliverer."""
    quick = product.quick.with_options(**{**QUICKLY, **options})
    command = [*prefix, *quick.command("--database", product.database, "send", "--forever")]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    running = Sender(process)
    listener = threading.Thread(target=running.listen, name="what a sender says")
    listener.start()
    try:
        yield running
    finally:
        process.kill()
        process.wait()
        listener.join()
        assert process.stdout is not None
        process.stdout.close()


def until(condition: Callable[[], object], what: Callable[[], object] = lambda: "") -> None:
    """Wait for something that nothing announces: the state of a database, a server or a process."""
    pause = threading.Event()
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what()
        pause.wait(0.02)
