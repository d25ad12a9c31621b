"""`mailadmin queue` on a real database, beside another program that uses it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mailadmin.domain.claim import ClaimRequest, Disposition, Recording
from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, queued
from tests.smtp_providers import smtp_provider

KEYS = [
    *("id", "email", "subject", "last_attempt_date", "next_attempt_date"),
    *("attempts_count", "status", "reason"),
]


def attempt(store: Store, outcome: Outcome, disposition: Disposition) -> None:
    """Attempt the first due email."""
    providers = store.providers.list()
    provider = (
        providers[0]
        if providers
        else store.providers.add(smtp_provider("Relay", "localhost", 25, "a@example.org"))
    )
    (claim,) = store.claims.claim("test", ClaimRequest(provider, 1), lease=60).claims
    assert store.claims.record_all([Recording(claim, outcome, disposition)])


def fail(store: Store) -> None:
    """The first due email fails for good, with a reply of two lines that holds an escape."""
    text = "550-5.1.1 \x1b[31mno such user\n550 5.1.1 here"
    outcome = Outcome(
        OutcomeKind.FAILED, Stage.RCPT, "Refused: no such user", Reply(550, text, "5.1.1")
    )
    attempt(store, outcome, Disposition(QueueStatus.FAILED, None, outcome.reason))


def test_the_queue_is_listed_as_json(cli: CommandLine, store: Store) -> None:
    first, second = queued(store, "ann@example.org", "bob@example.org", subject="Ünïcode")
    rows = cli("queue", "list", "--json").json
    assert [list(row) for row in rows] == [KEYS, KEYS]
    assert [row["id"] for row in rows] == [first, second]
    assert rows[0]["email"] == "ann@example.org"
    assert rows[0]["subject"] == "Ünïcode"
    assert rows[0]["last_attempt_date"] is None
    assert rows[0]["attempts_count"] == 0
    assert rows[0]["status"] == "QUEUED"
    due = datetime.fromisoformat(rows[0]["next_attempt_date"])
    assert due.utcoffset() is not None
    email = store.queue.get(first)
    assert email.next_attempt_date is not None
    assert abs((due - email.next_attempt_date).total_seconds()) < 0.001


def test_an_empty_queue_is_an_empty_list(cli: CommandLine) -> None:
    assert cli("queue", "list", "--json").json == []
    assert cli("queue", "list").out.startswith("ID")


def test_the_queue_is_filtered_and_ordered(cli: CommandLine, store: Store) -> None:
    one = queued(store, "ann@example.org", subject="B")
    two = queued(store, "bob@example.net", subject="A")
    held = queued(store, "cy@example.org", subject="C")
    store.queue.hold(held)

    def ids(*options: str) -> list[int]:
        return [row["id"] for row in cli("queue", "list", "--json", *options).json]

    assert ids() == one + two + held
    assert ids("--descending") == held + two + one
    assert ids("--sort", "subject") == two + one + held
    assert ids("--search", "example.org") == one + held
    assert ids("--status", "held") == held
    assert ids("--status", "held", "--status", "queued", "--limit", "2") == one + two
    assert ids("--status", "in-progress") == []
    assert ids("--limit", "0") == []


def test_a_list_of_many_pages_is_whole(cli: CommandLine, store: Store) -> None:
    ids = queued(store, *(f"r{number}@example.org" for number in range(1201)))
    assert [row["id"] for row in cli("queue", "list", "--json").json] == ids
    assert len(cli("queue", "list").out.splitlines()) == 1 + len(ids)


def test_show_has_the_message_and_its_attempts(cli: CommandLine, store: Store) -> None:
    (first,) = queued(store, "ann@example.org")
    fail(store)
    (shown,) = cli("queue", "show", "--json", str(first)).json
    assert list(shown)[: len(KEYS)] == KEYS
    assert shown["status"] == "FAILED"
    assert shown["next_attempt_date"] is None
    assert shown["message"]["message_id"] == "<1@example.org>"
    (one,) = shown["attempts"]
    assert one["outcome"] == "failed"
    assert one["stage"] == "RCPT TO"
    assert one["provider"] == "Relay"
    assert one["reply"] == "550-5.1.1 \x1b[31mno such user\n550 5.1.1 here"

    text = cli("queue", "show", str(first)).out
    assert "< 550 5.1.1 here" in text
    assert "Refused: no such user" in text
    assert "\x1b" not in text  # a terminal would obey it


def test_each_command_changes_the_status(cli: CommandLine, store: Store) -> None:
    ids = queued(store, "ann@example.org", "bob@example.org")
    names = [str(queue_id) for queue_id in ids]

    def statuses() -> set[QueueStatus]:
        return {email.status for email in store.queue.rows(ids)}

    assert cli("queue", "hold", *names).code == 0
    assert statuses() == {QueueStatus.HELD}
    assert cli("queue", "release", *names).code == 0
    assert statuses() == {QueueStatus.QUEUED}
    fail(store)
    assert cli("queue", "retry", names[0]).code == 0
    assert statuses() == {QueueStatus.QUEUED}
    deleted = cli("queue", "delete", names[0])
    assert (deleted.code, deleted.out) == (0, f"Email {names[0]} deleted.\n")
    assert [email.id for email in store.queue.rows(ids)] == ids[1:]
    assert cli("check").code == 0


def test_emails_that_were_refused_are_told_in_one_line(cli: CommandLine, store: Store) -> None:
    (first,) = queued(store, "ann@example.org")
    result = cli("queue", "delete", str(first), "77", "78")
    assert result.out == f"Email {first} deleted.\n"
    assert result.reason == "Not deleted: 77, 78: It had already left the queue."
    assert cli("queue", "show", "77").reason.startswith("Email 77 is no longer in the queue")


def lose(store: Store) -> None:
    """The first due email is handed over, and then the connection is lost."""
    outcome = Outcome(OutcomeKind.UNCERTAIN, Stage.END_OF_DATA, "The connection was lost.")
    later = datetime.now(UTC) + timedelta(minutes=15)
    attempt(
        store,
        outcome,
        Disposition(QueueStatus.UNCERTAIN, later, outcome.reason, bind_provider=True),
    )


def test_possible_duplicates_are_resolved_as_sent_or_sent_again(
    cli: CommandLine, store: Store
) -> None:
    """Of two that may have arrived one is taken for sent, and one is sent again."""
    (sent,) = queued(store, "ann@example.org")
    lose(store)
    (again,) = queued(store, "bob@example.org")
    lose(store)
    (shown,) = cli("queue", "show", "--json", str(sent)).json
    assert (shown["status"], shown["possible_duplicate"]) == ("UNCERTAIN", True)

    result = cli("queue", "resolve", str(sent), "--sent")
    assert (result.code, result.out) == (0, f"Email {sent} treated as sent.\n")
    assert [row["id"] for row in cli("queue", "list", "--json").json] == [again]
    (entry,) = cli("log", "list", "--json", "--search", "ann@example.org").json
    assert (entry["status"], entry["active_queue_id"]) == ("SUCCESS", None)
    assert "by the administrator" in entry["reason"]

    assert cli("queue", "resolve", str(again), "--resend").code == 0
    email = store.queue.get(again)
    assert email.next_attempt_date is not None
    assert email.next_attempt_date <= datetime.now(UTC)
    assert email.possible_duplicate
    assert email.provider_id == 1
    assert cli("check").code == 0


def test_email_whose_outcome_is_known_is_not_resolved(cli: CommandLine, store: Store) -> None:
    """Nobody may declare as sent what was never sent."""
    ids = queued(store, "ann@example.org", "bob@example.org")
    store.queue.hold(ids[:1])
    result = cli("queue", "resolve", *map(str, ids), "77", "--sent")
    assert result.out == ""
    assert result.reason.startswith("Not treated as sent: ")
    assert "77: It had already left the queue." in result.reason
    assert store.queue.count() == 2
    assert cli("queue", "show", "--json", str(ids[0])).json[0]["possible_duplicate"] is False
