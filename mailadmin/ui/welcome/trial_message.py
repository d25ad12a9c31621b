"""A test message, and what became of it. For background threads.

It goes through the queue like all mail, before what waits there, and through one provider alone: if
another one accepted it, that would prove nothing about this one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput, NotFound
from mailadmin.domain.provider import StoredProvider
from mailadmin.message import compose, parse_recipients
from mailadmin.store import Store
from mailadmin.ui.compose.draft import sender_of
from mailadmin.ui.details.loaded_message import EmailState, load_email_state

_PRIORITY = 0  # before all other mail: the user waits for it
_TIME = timedelta(days=1)  # later the user is not interested any more
_SOURCE = "test"


@dataclass(frozen=True, slots=True)
class Trial:
    """The contents of the fields."""

    provider_id: int
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Fate:
    """The state of a test message, and its provider as it is stored now."""

    state: EmailState | None  # None: it was deleted from the queue
    provider: StoredProvider | None  # None: the provider was deleted


def check_recipient(text: str) -> str:
    """Return the one address in `text`; raises InvalidInput for the field "to"."""
    addresses = parse_recipients(text, field="to")
    if len(addresses) != 1:
        raise InvalidInput(
            "to", QT_TRANSLATE_NOOP("KnownError", "Enter the one address that is to get it.")
        )
    return addresses[0]


def enqueue_trial(store: Store, trial: Trial, *, instead_of: int | None = None) -> int:
    """Queue a test message and return its queue ID; delete the waiting one `instead_of`.

    Raises InvalidInput with the field's name, NotFound if the provider is gone.
    """
    provider = store.providers.get(trial.provider_id)
    message = replace(
        compose(
            sender=sender_of(provider),
            to=[check_recipient(trial.to)],
            subject=trial.subject,
            text=trial.text,
            source=_SOURCE,
        ),
        provider_id=provider.id,
        priority=_PRIORITY,
        expires_at=datetime.now(UTC) + _TIME,
    )
    if instead_of is not None:
        store.queue.delete([instead_of])  # what left the queue, or is being sent, stays
    ((queue_id,),) = store.queue.enqueue([message])
    return queue_id


def load_fate(store: Store, queue_id: int, provider_id: int) -> Fate:
    """Read the present state of a queued test message and of its provider."""
    state: EmailState | None = None
    provider: StoredProvider | None = None
    with suppress(NotFound):
        state = load_email_state(store, queue_id)
    with suppress(NotFound):
        provider = store.providers.get(provider_id)
    return Fate(state, provider)
