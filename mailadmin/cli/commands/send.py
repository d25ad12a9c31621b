"""`mailadmin send`: the sender without a window."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mailadmin.cli.commands.signals import StopRequests, stopping_on_signals
from mailadmin.cli.frame.failure import CommandFailed
from mailadmin.cli.frame.grammar import add_command
from mailadmin.cli.shown.listing import in_pages
from mailadmin.domain.queue import QueueStatus
from mailadmin.tables.query import OneOf, TableQuery

if TYPE_CHECKING:
    from mailadmin.cli.commands.sender_events import SenderEvents
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options
    from mailadmin.delivery import SenderState
    from mailadmin.delivery.deliverer import Deliverer
    from mailadmin.store import Store

_EXAMPLES = """\
  mailadmin send --until-empty     from cron, or after a batch of enqueue
  mailadmin send --once            one attempt for everything that is due now
  mailadmin send --forever         as a service; ends in order at SIGTERM or Ctrl-C
  mailadmin send --pause           until --resume no window and no sender takes up more mail

Each event is a line on standard error, with --json-log an object of JSON. Passwords come from the
keyring, or from the file named by MAILADMIN_PASSWORD_FILE_<ID of the provider>. A window and
several senders may run side by side. Told to stop, it finishes what is in flight, for up to 30
seconds, and exits with 0; told once more, it ends within a second, and what was in flight is
settled by the next start.
"""

_JUST_DUE = timedelta(seconds=3)
"""Mail that became due while the sender ended is not mail it failed to send."""

STOP_GRACE = 30.0  # seconds; less than a service manager waits before it kills
_READER_GRACE = 3.0  # seconds that whoever reads the events has once a signal came
_LAST_WORDS = 0.1  # the same, when a second signal came


def declare(commands: Commands) -> None:
    """Add `send`."""
    parser = add_command(
        commands, "send", "send the mail that is due", run=send_mail, examples=_EXAMPLES
    )
    until = parser.add_mutually_exclusive_group(required=True)
    until.add_argument(
        "--until-empty", action="store_true", help="end as soon as nothing is due any more"
    )
    until.add_argument(
        "--once", action="store_true", help="attempt everything that is due now once, then end"
    )
    until.add_argument("--forever", action="store_true", help="send until told to stop")
    until.add_argument(
        "--pause",
        action="store_true",
        help="have every sender and window on the database take up no more mail; returns at once",
    )
    until.add_argument(
        "--resume", action="store_true", help="have them go on after a pause; returns at once"
    )
    parser.add_argument(
        "--json-log", action="store_true", help="one object of JSON per event on standard error"
    )


def send_mail(options: Options, context: Context) -> int:
    """Send, or pause all sending or end the pause.

    Raises `CommandFailed` if due mail is left that no provider could be used for.
    """
    if options.pause or options.resume:
        return _set_paused(options, context)
    from mailadmin.cli.commands.sender_events import SenderEvents
    from mailadmin.delivery import Activity
    from mailadmin.delivery.deliverer import Deliverer
    from mailadmin.diagnostics.recording import SENDER

    events = SenderEvents(context.errors, as_json=options.json_log)
    failure: CommandFailed | None = None
    try:
        recording = context.record(SENDER, events.no_log)
        store = context.store
        started = datetime.now(UTC)
        deliverer = Deliverer(
            store,
            context.credentials,
            context.drivers,
            options=replace(context.delivery, stop_grace=STOP_GRACE),
            on_state=events.state,
            on_notice=events.notice,
            on_ended=events.outcomes,
        )
        with stopping_on_signals(deliverer.stop) as requests:
            state = _run(deliverer, options, requests)
            if state is None:
                events.broken_off()
                recording.stop()
                events.close(_LAST_WORDS)
                os._exit(1)
            events.summary()
            read = _all_read(events, requests)
        paused = state.activity is Activity.PAUSED  # what is left is left on purpose
        if not (options.forever or requests.stopping or paused):
            failure = _left_over(store, state, started if options.once else None)
    except BaseException:
        events.close(_READER_GRACE)
        raise
    if not read:
        # The end of the program would wait for the reader, who may never read again.
        context.close()
        os._exit(0)
    if failure is not None:
        raise failure
    return 0


def _set_paused(options: Options, context: Context) -> int:
    """Store the pause or its end, which every sender follows within seconds."""
    from mailadmin.delivery.pause import is_paused, store_pause

    store = context.store
    was_paused = is_paused(store)
    if was_paused is not options.pause:
        store_pause(store, options.pause)
    if options.pause:
        context.output.line("Sending is paused. “mailadmin send --resume” lets it go on.")
    else:
        context.output.line("Sending goes on." if was_paused else "Sending was not paused.")
    return 0


def _run(deliverer: Deliverer, options: Options, requests: StopRequests) -> SenderState | None:
    """Run the sender in a thread of its own, so that signals find the main thread free.

    None if a second signal came and the sender still runs.
    """
    states: list[SenderState] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            states.append(deliverer.run(until_empty=options.until_empty, once=options.once))
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            failures.append(error)

    thread = threading.Thread(target=run, name="sender")
    thread.start()
    while thread.is_alive():
        thread.join(0.1)  # Windows handles no signal during a wait without an end
        if requests.overdue:
            return None
    if failures:
        raise failures[0]
    return states[0]


def _all_read(events: SenderEvents, requests: StopRequests) -> bool:
    """Wait until all events are read; False if a signal came before that."""
    ends_at: float | None = None
    while not events.close(0.1):
        if ends_at is None and requests.stopping:
            ends_at = time.monotonic() + _READER_GRACE
        if requests.overdue or (ends_at is not None and time.monotonic() >= ends_at):
            return False
    return True


def _left_over(store: Store, state: SenderState, began: datetime | None) -> CommandFailed | None:
    """Why the command fails if mail that was due is still there; None if none is.

    `began` is when a run began that was to send only what was due then.
    """
    # Without any provider nothing was tried; else mail may have become due a moment ago.
    patience = _JUST_DUE if state.healthy_providers else timedelta()
    limit = datetime.now(UTC) - patience
    due = _due_emails(store, limit if began is None else min(began, limit))
    if not due:
        return None
    left = "1 email is due and was not sent" if due == 1 else f"{due} emails are due and not sent"
    return CommandFailed("{left}. {why}", left=left, why=_why(state))


def _due_emails(store: Store, limit: datetime) -> int:
    """How many waiting emails have been due since before `limit`."""
    first = store.queue.summary().next_due
    if first is None or first > limit:
        return 0
    waiting = (QueueStatus.QUEUED, QueueStatus.DEFERRED, QueueStatus.UNCERTAIN)
    due = 0
    for email in in_pages(
        store.queue,
        TableQuery("next_attempt_date", descending=False, filters=(("status", OneOf(waiting)),)),
        limit=None,
    ):
        if email.next_attempt_date is None or email.next_attempt_date > limit:
            break
        due += 1
    return due


def _why(state: SenderState) -> str:
    """Why the sender could not go on."""
    from mailadmin.delivery import Activity, Condition

    match state.activity:
        case Activity.NO_PROVIDER:
            return (
                "No provider is enabled: add one with “mailadmin providers add” "
                "or enable one with “mailadmin providers enable”."
            )
        case Activity.PASSWORD_NEEDED:
            told = state.conditions.values()
            return " ".join(
                one.detail for one in told if one.condition is Condition.PASSWORD_NEEDED
            )
        case Activity.PROVIDER_PAUSED:
            paused = [
                f"“{provider.caption}” is paused: {provider.pause.reason}"
                if provider.pause is not None
                else f"“{provider.caption}”: {state.conditions[provider.id].detail}"
                for provider in state.providers
            ]
            return " ".join(paused)
        case Activity.RESTING | Activity.LIMITED if state.until is not None:
            until = state.until.astimezone().isoformat(" ", "seconds")
            names = " ".join(f"“{provider.caption}”" for provider in state.providers)
            if state.activity is Activity.LIMITED:
                return f"The limit of {names} lets the next one through at {until}."
            return f"{names} failed several times in a row and is left alone until {until}."
        case Activity.OFFLINE:
            return "This computer has no network, or can't look up names."
        case Activity.STORAGE_TROUBLE if state.trouble is not None:
            return str(state.trouble)
        case _:
            return "The provider that they are bound to can't be used now."
