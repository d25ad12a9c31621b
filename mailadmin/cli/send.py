"""`mailadmin send`: the sender without a window."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mailadmin.cli.failure import CommandFailed
from mailadmin.cli.grammar import add_command
from mailadmin.core.domain import QueueStatus, TableQuery

if TYPE_CHECKING:
    from mailadmin.cli.context import Context
    from mailadmin.cli.grammar import Commands
    from mailadmin.cli.options import Options
    from mailadmin.core.delivery import SenderState
    from mailadmin.core.delivery.deliverer import Deliverer
    from mailadmin.store import Store

_EXAMPLES = """\
  mailadmin send --until-empty     from cron, or after a batch of enqueue
  mailadmin send --forever         as a service; ends in order at SIGTERM or Ctrl-C

Each event is a line on standard error. Passwords come from the keyring, or from the file named by
MAILADMIN_PASSWORD_FILE_<ID of the provider>. A window and several senders may run side by side.
"""

_JUST_DUE = timedelta(seconds=3)
"""Mail that became due while the sender ended is not mail it failed to send."""


def declare(commands: Commands) -> None:
    """Add `send`."""
    parser = add_command(
        commands, "send", "send the mail that is due", run=send_mail, examples=_EXAMPLES
    )
    until = parser.add_mutually_exclusive_group(required=True)
    until.add_argument(
        "--until-empty", action="store_true", help="end as soon as nothing is due any more"
    )
    until.add_argument("--forever", action="store_true", help="send until told to stop")


def send_mail(options: Options, context: Context) -> int:
    """Send. Raises `CommandFailed` if due mail is left that no provider could be used for."""
    from mailadmin.cli.sender_events import SenderEvents
    from mailadmin.core.delivery.deliverer import Deliverer

    store = context.store
    events = SenderEvents(context.errors)
    deliverer = Deliverer(
        store,
        context.credentials,
        options=context.delivery,
        on_state=events.state,
        on_notice=events.notice,
        on_outcome=events.outcome,
    )
    with _stopping_on_signals(deliverer.stop) as stopped:
        state = _run(deliverer, until_empty=options.until_empty)
    events.summary()
    if options.until_empty and not stopped.is_set():
        # Without any provider nothing was tried; else mail may have become due a moment ago.
        left = _due_emails(store, timedelta() if not state.healthy_providers else _JUST_DUE)
        if left:
            raise CommandFailed("{left}. {why}", left=left, why=_why(state))
    return 0


def _run(deliverer: Deliverer, *, until_empty: bool) -> SenderState:
    """Run the sender in a thread of its own, so that signals find the main thread free."""
    states: list[SenderState] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            states.append(deliverer.run(until_empty=until_empty))
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            failures.append(error)

    thread = threading.Thread(target=run, name="sender")
    thread.start()
    while thread.is_alive():
        thread.join(0.2)  # Windows handles no signal during a wait without an end
    if failures:
        raise failures[0]
    return states[0]


@contextmanager
def _stopping_on_signals(stop: Callable[[], None]) -> Iterator[threading.Event]:
    """Call `stop` at SIGTERM and SIGINT; the event given tells whether one came."""
    came = threading.Event()

    def handle(*_: object) -> None:
        came.set()
        stop()

    if threading.current_thread() is not threading.main_thread():
        yield came  # signals are the business of whoever runs the main thread
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _due_emails(store: Store, since: timedelta) -> str:
    """What has been due for `since` and was not sent, in words; "" if that is nothing."""
    limit = datetime.now(UTC) - since
    waiting = TableQuery("next_attempt_date", descending=False)
    due = 0
    for email in store.outbox.rows(store.outbox.ids(waiting)):
        if email.next_attempt_date is not None and email.next_attempt_date <= limit:
            due += email.status is not QueueStatus.IN_PROGRESS
    if not due:
        return ""
    return "1 email is due and was not sent" if due == 1 else f"{due} emails are due and not sent"


def _why(state: SenderState) -> str:
    """Why the sender could not go on."""
    from mailadmin.core.delivery import Activity

    match state.activity:
        case Activity.NO_PROVIDER:
            return (
                "No provider is enabled: add one with “mailadmin providers add” "
                "or enable one with “mailadmin providers enable”."
            )
        case Activity.PASSWORD_NEEDED:
            return " ".join(state.needs_password.values())
        case Activity.PROVIDER_PAUSED:
            paused = [
                f"“{provider.caption}” is paused: {provider.pause.reason}"
                for provider in state.providers
                if provider.pause is not None
            ]
            return " ".join(paused)
        case Activity.STORAGE_TROUBLE if state.trouble is not None:
            return str(state.trouble)
        case _:
            return "The provider that they are bound to can't be used now."
