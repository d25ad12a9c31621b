"""The sender's events: their form, and that they cost little while nobody reads them."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from mailadmin.cli.commands.sender_events import SenderEvents
from mailadmin.cli.frame.output import Output
from mailadmin.cli.shown.line_writer import LineWriter
from mailadmin.delivery import Activity, AttemptEnded, Notice, NoticeKind, SenderState
from mailadmin.domain.claim import Claim, Disposition
from mailadmin.domain.errors import StorageFull
from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply
from mailadmin.drivers.smtp.stages import Stage
from tests.smtp_providers import stored_provider

PROVIDER = stored_provider("Relay", "localhost", 25, "ann@example.org", id=3)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def ended(kind: OutcomeKind = OutcomeKind.ACCEPTED, *, unknown: int = 0) -> AttemptEnded:
    claim = Claim(
        *(7, 7, 5, 11, "ann@example.org", "me", 1, 2, 2, NOW, None, None, 100),
        unknown_outcomes=unknown,
    )
    outcome = Outcome(kind, Stage.END_OF_DATA, "Accepted\u202e", Reply(250, "250 ok\n250 done"))
    return AttemptEnded(PROVIDER, claim, outcome, Disposition(None, None, "Accepted"))


class Stuck(io.StringIO):
    """A reader who takes nothing until `let` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.let = threading.Event()
        self.writes = 0

    def write(self, text: str) -> int:
        self.asked.set()
        self.let.wait(60)
        self.writes += 1
        return super().write(text)


def test_events_that_can_not_be_written_do_not_stop_the_sender() -> None:
    """They are told from within the sender, which must go on."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    events = SenderEvents(Output(stream))
    for _ in range(3):
        events.outcomes([ended()])
    events.notice(Notice(NoticeKind.PASSWORD_NEEDED, PROVIDER, "Enter it."))
    events.summary()
    assert events.close()
    with suppress(BrokenPipeError):
        stream.close()


def test_every_kind_of_event_is_a_json_object() -> None:
    stream = io.StringIO()
    events = SenderEvents(Output(stream), as_json=True)
    events.outcomes([ended(), ended(OutcomeKind.UNCERTAIN, unknown=1)])
    events.notice(Notice(NoticeKind.PROVIDER_PAUSED, PROVIDER, "Refused: 535"))
    full = StorageFull("There is no space left.")
    for _ in range(2):  # said once
        events.state(SenderState(Activity.STORAGE_TROUBLE, trouble=full))
    events.broken_off()
    events.summary()
    assert events.close()
    sent, uncertain, notice, trouble, broken, done = map(json.loads, stream.getvalue().splitlines())
    assert (sent["queue_id"], sent["attempt_id"], sent["attempt"]) == (7, 11, 3)
    assert sent["reply"] == "250 ok\n250 done"
    assert (uncertain["outcome"], uncertain["possible_duplicate"]) == ("uncertain", True)
    del notice["time"], trouble["time"]
    assert notice == {
        "event": "notice",
        "kind": "provider paused",
        "provider_id": 3,
        "provider": "Relay",
        "text": "Refused: 535",
    }
    assert trouble == {
        "event": "trouble",
        "activity": "storage trouble",
        "text": "There is no space left.",
    }
    assert broken["event"] == "broken off"
    assert done["accepted"] == done["uncertain"] == 1
    assert stream.getvalue().isascii()


def test_a_pause_and_its_end_are_said_once_and_trouble_says_nothing_of_it() -> None:
    stream = io.StringIO()
    events = SenderEvents(Output(stream), as_json=True)
    trouble = SenderState(Activity.STORAGE_TROUBLE)
    for state in (
        SenderState(Activity.IDLE),
        SenderState(Activity.PAUSED),
        trouble,
        SenderState(Activity.PAUSED, total=1),
        SenderState(Activity.SENDING),
        trouble,
        SenderState(Activity.WAITING),
        SenderState(Activity.PAUSED),
        SenderState(Activity.STOPPED),
    ):
        events.state(state)
    assert events.close()
    told = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert told == ["paused", "resumed", "paused"]


def test_lines_for_people_show_control_characters_harmlessly() -> None:
    stream = io.StringIO()
    events = SenderEvents(Output(stream))
    events.outcomes([ended()])
    assert events.close()
    assert stream.getvalue().split(" ", 1)[1] == (
        "sent: ann@example.org through “Relay”: Accepted\N{REPLACEMENT CHARACTER}\n"
    )


def test_waiting_lines_are_written_in_one_piece() -> None:
    stream = Stuck()
    events = SenderEvents(Output(stream), as_json=True)
    events.outcomes([ended()])
    assert stream.asked.wait(60)
    for _ in range(1000):
        events.outcomes([ended()] * 3)
    stream.let.set()
    assert events.close()
    assert len(stream.getvalue().splitlines()) == 3001
    assert stream.writes == 2


def test_lines_over_the_limit_are_counted_and_left_out() -> None:
    stream = Stuck()
    writer = LineWriter(Output(stream), lambda number: f"{number} left out\n", limit=100)
    writer.put("first\n")
    assert stream.asked.wait(60)
    for _ in range(1000):
        writer.put("0123456\n")
    stream.let.set()
    assert writer.close(60)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "first"
    assert lines[1:-1] == ["0123456"] * 11
    assert lines[-1] == "989 left out"


def test_closing_does_not_wait_for_a_reader_who_takes_nothing() -> None:
    stream = Stuck()
    events = SenderEvents(Output(stream))
    events.summary()
    assert not events.close(0.05)
    stream.let.set()
    assert events.close()


@pytest.mark.parametrize("as_json", [False, True])
def test_thousands_of_events_a_second_cost_the_sender_little(as_json: bool) -> None:
    """8,000 events cost the sender well below the second in which it sends as many."""
    batch = [ended()] * 50
    taken: list[float] = []
    while len(taken) < 10 and min(taken, default=1) >= 0.4:  # a busy machine's cores are slower
        events = SenderEvents(Output(io.StringIO()), as_json=as_json)
        began = time.thread_time()
        for _ in range(160):
            events.outcomes(batch)
        taken.append(time.thread_time() - began)
        assert events.close(60)
    assert min(taken) < 0.4
