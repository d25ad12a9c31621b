"""The sender's events as lines on standard error, for people or for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailadmin.cli.frame.output import json_value, plain
from mailadmin.cli.shown.line_writer import LineWriter
from mailadmin.delivery import Activity, AttemptEnded
from mailadmin.diagnostics.sender_log import SenderLog
from mailadmin.domain.outcome import OutcomeKind

if TYPE_CHECKING:
    from mailadmin.cli.frame.output import Output
    from mailadmin.delivery import Notice, SenderState

_WORDS = {
    OutcomeKind.ACCEPTED: "sent",
    OutcomeKind.DEFERRED: "deferred",
    OutcomeKind.FAILED: "failed",
    OutcomeKind.PROVIDER_FAULT: "given back",
    OutcomeKind.UNCERTAIN: "uncertain",
}

_SAY_NOTHING_OF_A_PAUSE = {Activity.STORAGE_TROUBLE, Activity.STOPPED}


class SenderEvents:
    """Prints what the sender reports, and notes its troubles in the log file.

    Mail goes out even if nobody can or does read the lines. All methods but `close` are called in
    the sender's thread and only put lines together there. With
    `as_json` every line is an object whose keys are a public contract (README).
    """

    def __init__(self, output: Output, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._writer = LineWriter(output, self._left_out)
        self._counts: Counter[OutcomeKind] = Counter()
        self._trouble = ""
        self._paused = False
        self._log = SenderLog()

    def outcomes(self, ended: Sequence[AttemptEnded]) -> None:
        """Print a line for each attempt that ended."""
        line = _attempt_json if self._as_json else _attempt_line
        moment = self._moment()
        self._counts.update([one.outcome.kind for one in ended])
        self._writer.put("".join([line(moment, one) for one in ended]))

    def notice(self, notice: Notice) -> None:
        """Print what somebody has to act on."""
        self._log.notice(notice)
        self._event(
            "notice",
            f"{notice.kind.value}: “{notice.provider.caption}”: {notice.text}",
            kind=notice.kind.value,
            provider_id=notice.provider.id,
            provider=notice.provider.caption,
            text=notice.text,
        )

    def state(self, state: SenderState) -> None:
        """Print a trouble that keeps all mail from being sent, when it begins."""
        self._log.state(state)
        trouble = "" if state.trouble is None else str(state.trouble)
        if trouble and trouble != self._trouble:
            activity = state.activity.value
            self._event("trouble", f"{activity}: {trouble}", activity=activity, text=trouble)
        self._trouble = trouble
        self._tell_of_pause(state.activity)

    def _tell_of_pause(self, activity: Activity) -> None:
        paused = activity is Activity.PAUSED
        if paused is self._paused or activity in _SAY_NOTHING_OF_A_PAUSE:
            return
        self._paused = paused
        if paused:
            text = "sending is paused; “mailadmin send --resume” lets it go on"
            self._event("paused", text, text=text)
        else:
            text = "sending goes on after the pause"
            self._event("resumed", text, text=text)

    def no_log(self, error: OSError) -> None:
        """Print that the log file can't be written. Called in whichever thread noticed it."""
        text = f"the log file can't be written: {error}"
        self._event("no log file", text, text=str(error))

    def summary(self) -> None:
        """Print the numbers of the run."""
        counts = self._counts
        told = ", ".join(f"{counts[kind]} {word}" for kind, word in _WORDS.items() if counts[kind])
        numbers = {kind.value.replace(" ", "_"): counts[kind] for kind in OutcomeKind}
        self._event("done", f"done: {told or 'nothing was sent'}", **numbers)

    def broken_off(self) -> None:
        """Print that the run ended with mail in flight."""
        text = "ended at once; what was in flight is settled by the next start"
        self._event("broken off", text, text=text)

    def close(self, timeout: float = 5.0) -> bool:
        """Write what is left; False if `timeout` seconds were too short for the reader."""
        return self._writer.close(timeout)

    def _moment(self) -> str:
        if self._as_json:
            return datetime.now(UTC).isoformat(timespec="milliseconds")
        return datetime.now().astimezone().isoformat(timespec="seconds")

    def _event(self, event: str, line: str, /, **values: object) -> None:
        self._writer.put(self._event_line(event, line, **values))

    def _event_line(self, event: str, line: str, /, **values: object) -> str:
        moment = self._moment()
        if self._as_json:
            return _json_line({"event": event, "time": moment, **values})
        return _line(moment, line)

    def _left_out(self, number: int) -> str:
        text = f"{number} events left out, for they are not read; the Log has them"
        return self._event_line("left out", text, count=number)


def _attempt_json(moment: str, ended: AttemptEnded) -> str:
    claim, outcome, disposition = ended.claim, ended.outcome, ended.disposition
    return _json_line(
        {
            "event": "attempt",
            "time": moment,
            "queue_id": claim.queue_id,
            "email_id": claim.email_id,
            "attempt_id": claim.attempt_id,
            "attempt": claim.attempts_count + 1,
            "recipient": claim.recipient,
            "provider_id": ended.provider.id,
            "provider": ended.provider.caption,
            "outcome": outcome.kind.value,
            "stage": str(outcome.stage),
            "reason": outcome.reason,
            "reply": None if outcome.reply is None else outcome.reply.text,
            "reply_code": None if outcome.reply is None else outcome.reply.code,
            "possible_duplicate": claim.possible_duplicate,
            "status": None if disposition is None else json_value(disposition.status),
            "next_attempt_date": (
                None if disposition is None else json_value(disposition.next_attempt_date)
            ),
            "stale": disposition is None,
        }
    )


def _attempt_line(moment: str, ended: AttemptEnded) -> str:
    outcome = ended.outcome
    return _line(
        moment,
        f"{_WORDS[outcome.kind]}: {ended.claim.recipient} through “{ended.provider.caption}”: "
        f"{outcome.reason}",
    )


def _line(moment: str, text: str) -> str:
    return f"{moment} {plain(text)}\n"


def _json_line(values: Mapping[str, object]) -> str:
    """One line of ASCII: what a terminal would obey is escaped in it."""
    return json.dumps(values) + "\n"
