"""The sender's events as lines on standard error."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from mailadmin.cli.failure import CommandFailed, ReaderGone
from mailadmin.core.domain import Outcome, OutcomeKind, Provider

if TYPE_CHECKING:
    from mailadmin.cli.output import Output
    from mailadmin.core.delivery import Notice, SenderState

_WORDS = {
    OutcomeKind.ACCEPTED: "sent",
    OutcomeKind.DEFERRED: "deferred",
    OutcomeKind.FAILED: "failed",
    OutcomeKind.PROVIDER_FAULT: "given back",
    OutcomeKind.UNCERTAIN: "uncertain",
}


class SenderEvents:
    """Prints what the sender reports, from its thread; mail goes out even if nobody can read it."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._counts: Counter[OutcomeKind] = Counter()
        self._trouble = ""

    def outcome(self, provider: Provider, recipient: str, outcome: Outcome) -> None:
        """An attempt ended."""
        self._counts[outcome.kind] += 1
        self._print(
            f"{_WORDS[outcome.kind]}: {recipient} through “{provider.caption}”: {outcome.reason}"
        )

    def notice(self, notice: Notice) -> None:
        """Somebody has to do something."""
        self._print(f"{notice.kind.value}: “{notice.provider.caption}”: {notice.text}")

    def state(self, state: SenderState) -> None:
        """The sender's state changed: said if nothing else says it."""
        trouble = "" if state.trouble is None else str(state.trouble)
        if trouble and trouble != self._trouble:
            self._print(f"{state.activity.value}: {trouble}")
        self._trouble = trouble

    def summary(self) -> None:
        """All of it in numbers, in the end."""
        numbers = [f"{self._counts[kind]} {word}" for kind, word in _WORDS.items()]
        told = [text for text in numbers if not text.startswith("0 ")]
        self._print(f"done: {', '.join(told) or 'nothing was sent'}")

    def _print(self, text: str) -> None:
        moment = datetime.now().astimezone().isoformat(timespec="seconds")
        with suppress(ReaderGone, CommandFailed):
            self._output.line(f"{moment} {text}")
            self._output.flush()
