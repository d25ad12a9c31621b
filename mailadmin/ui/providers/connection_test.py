"""Running a connection test in a thread of its own and hearing of it in the GUI thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from mailadmin.credentials import CredentialState, CredentialStore, Lookup, Secret
from mailadmin.delivery.daemon_threads import DaemonThreads
from mailadmin.domain.provider import Provider
from mailadmin.drivers.probing import ProbeResult, ProbeStep
from mailadmin.drivers.registry import Drivers
from mailadmin.drivers.transcript import Transcript
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.task import Task
from mailadmin.ui.words.errors import explain


@dataclass(frozen=True)
class TestReport:
    """How a test ended. `sentence` says why it failed and what to do, "" when all passed."""

    __test__ = False  # no test of pytest's

    failed_stage: str | None = None
    sentence: str = ""

    @property
    def passed(self) -> bool:
        """Whether mail can be sent with these settings."""
        return self.failed_stage is None


class ConnectionTest(QObject):
    """One test at a time. After `cancel()` nothing more is heard of the one that ran."""

    started = Signal()
    stepped = Signal(ProbeStep)
    spoke = Signal(str)  # a line of the dialogue, secrets replaced
    finished = Signal(TestReport)
    cancelled = Signal()

    def __init__(
        self,
        drivers: Drivers,
        credentials: CredentialStore,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._drivers = drivers
        self._credentials = credentials
        self._background = background
        self._task: Task[TestReport | None] | None = None
        self._current: _Run | None = None

    @property
    def running(self) -> bool:
        """Whether a test is under way."""
        return self._task is not None

    def start(self, provider: Provider, secret: Secret | None, *, look_up: bool) -> None:
        """Test `provider`, stored or not, with `secret` or else the password that is kept."""
        self.cancel()
        post = self._background.poster(self)
        run = _Run(self._drivers, self._credentials, provider, secret, look_up)

        def forward(what: ProbeStep | str) -> None:
            post(partial(self._heard, run, what))

        run.tell = forward
        self._current = run
        self._task = self._background.run_detached(
            run, self._finished, owner=self, ended=self._ended, on_cancel=run.cancel
        )
        self.started.emit()

    def cancel(self) -> None:
        """Stop the test that runs, if one does."""
        if self._task is None:
            return
        task, self._task = self._task, None
        self._current = None
        task.cancel()
        self.cancelled.emit()

    def _heard(self, run: _Run, what: ProbeStep | str) -> None:
        if run is not self._current:
            return  # of a test that was cancelled
        if isinstance(what, ProbeStep):
            self.stepped.emit(what)
        else:
            self.spoke.emit(what)

    def _finished(self, report: TestReport | None) -> None:
        self._task = None
        self._current = None
        if report is not None:
            self.finished.emit(report)

    def _ended(self) -> None:
        if self._task is not None:  # it ended by a bug, which is reported elsewhere
            self._task = None
            self._current = None
            self.cancelled.emit()


class _Run:
    """The work of one test. `cancel` is for any thread, the rest for the test's own."""

    def __init__(
        self,
        drivers: Drivers,
        credentials: CredentialStore,
        provider: Provider,
        secret: Secret | None,
        look_up: bool,
    ) -> None:
        self._drivers = drivers
        self._credentials = credentials
        self._provider = provider
        self._secret = secret
        self._look_up = look_up
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._probing: asyncio.Task[ProbeResult] | None = None
        self._cancelled = False
        self.tell: Callable[[ProbeStep | str], None] = _nobody

    def __call__(self) -> TestReport | None:
        """Test; None when it was cancelled."""
        lookup = self._password()
        try:
            with asyncio.Runner() as runner:
                result = runner.run(self._probe())
        except asyncio.CancelledError:
            return None
        return _report(result, lookup)

    def cancel(self) -> None:
        """Drop the connection at once."""
        with self._lock:
            self._cancelled = True
            if self._loop is not None and self._probing is not None:
                self._loop.call_soon_threadsafe(self._probing.cancel)

    def _password(self) -> Lookup | None:
        if self._secret is not None or not self._look_up:
            return None
        if not self._drivers.signs_in(self._provider):
            return None
        lookup = self._credentials.look_up(self._provider, interactive=True)
        self._secret = lookup.secret
        return lookup

    async def _probe(self) -> ProbeResult:
        loop = asyncio.get_running_loop()
        # A look-up of a name can block for long after the test was cancelled.
        loop.set_default_executor(DaemonThreads())
        provider, transcript = self._provider, Transcript(self.tell)
        with self._lock:
            if self._cancelled:
                raise asyncio.CancelledError
            self._loop = loop
            self._probing = asyncio.ensure_future(
                self._drivers.of(provider.settings).probe(
                    provider.settings,
                    provider.send_from,
                    self._secret,
                    on_step=self.tell,
                    transcript=transcript,
                )
            )
        try:
            return await self._probing
        finally:
            with self._lock:
                self._loop = None


def _nobody(_what: ProbeStep | str) -> None:
    """Before anybody listens."""


def _report(result: ProbeResult, lookup: Lookup | None) -> TestReport:
    failure, step = result.failure, result.failed_step
    if step is None:
        return TestReport()
    sentence = step.sentence
    if (
        failure is not None
        and failure.secret_missing
        and lookup is not None
        and lookup.state is not CredentialState.STORED
    ):
        # why there is none is known better here
        sentence = explain(lookup.problem) if lookup.problem is not None else lookup.detail
    return TestReport(step.stage, sentence)
