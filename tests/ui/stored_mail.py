"""Puts real mail and attempts into a real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mailadmin.domain.claim import ClaimRequest, Disposition, Recording
from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.message import Attachment, Mailbox, compose
from mailadmin.store import Store
from tests.smtp_providers import smtp_provider

SENDER = Mailbox("office@example.org", "Example Office")


def add_provider(store: Store, caption: str = "Relay", *, send_from: str = "") -> StoredProvider:
    """Add an enabled provider."""
    return store.providers.add(
        smtp_provider(
            caption=caption,
            host="relay.example.org",
            port=587,
            send_from=send_from or "office@example.org",
            send_from_name="Example Office",
        )
    )


def queue(
    store: Store, count: int = 1, *, subject: str = "Your invoice", html: str = "", files: int = 0
) -> list[int]:
    """Queue messages to ann0, ann1, …; return the queue IDs."""
    attachments = [
        Attachment(f"invoice {number}.pdf", "application/pdf", b"%PDF" * 100)
        for number in range(files)
    ]
    messages = [
        compose(
            sender=SENDER,
            to=[f"ann{number}@example.org"],
            subject=f"{subject} {number}",
            text="" if html else "Dear Ann,\n\nhere it is.\n",
            html=html,
            attachments=attachments,
        )
        for number in range(count)
    ]
    return [queue_id for ids in store.queue.enqueue(messages) for queue_id in ids]


def attempt(
    store: Store, provider: StoredProvider, outcome: OutcomeKind | None, count: int = 1
) -> None:
    """Record attempts with this outcome for the next due mail; None leaves them in progress."""
    for claim in store.claims.claim("test", ClaimRequest(provider, count), lease=600.0).claims:
        if outcome is None:
            continue
        code, text, status = {
            OutcomeKind.ACCEPTED: (250, "250 2.0.0 Ok: queued as 4F2A", None),
            OutcomeKind.DEFERRED: (451, "451-4.7.1 Later\n451 4.7.1 please", QueueStatus.DEFERRED),
            OutcomeKind.FAILED: (550, "550 5.1.1 No such <b>user</b>", QueueStatus.FAILED),
            OutcomeKind.UNCERTAIN: (421, "421 4.4.2 lost", QueueStatus.UNCERTAIN),
        }[outcome]
        if outcome in {OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN}:
            assert store.claims.pass_points([claim])
        reason = text.replace("\n", " ")
        later = datetime.now(UTC) + timedelta(minutes=5)
        made = Outcome(outcome, Stage.RCPT, reason, Reply(code, text))
        waits = status in {QueueStatus.DEFERRED, QueueStatus.UNCERTAIN}
        becomes = Disposition(
            status,
            later if waits else None,
            reason,
            bind_provider=status is QueueStatus.UNCERTAIN,
        )
        assert store.claims.record_all([Recording(claim, made, becomes)])
