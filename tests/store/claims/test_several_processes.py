"""Several programs drain one database at once: each email is sent by exactly one of them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

from mailadmin.domain.log import LogStatus
from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.tables.query import OneOf, TableQuery
from tests.smtp_providers import smtp_provider

MESSAGES = 400

SENDER = """
import json, sys
from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.domain.claim import ClaimRequest, Disposition, Recording
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store

store = Store.open(sys.argv[1], standard_drivers(), busy_timeout=60)
(provider,) = store.providers.list()
sent = []
print("ready", flush=True)
sys.stdin.readline()
while True:
    claims = store.claims.claim(sys.argv[2], ClaimRequest(provider, 7), lease=600).claims
    if not claims:
        break
    with store.claims.together():
        live = store.claims.pass_points(claims)
        sent += [claim.queue_id for claim in claims if claim.attempt_id in live]
    accepted = Outcome(OutcomeKind.ACCEPTED, Stage.END_OF_DATA, "ok", Reply(250, "250 ok"))
    done = [Recording(claim, accepted, Disposition(None, None, "ok")) for claim in claims]
    assert len(store.claims.record_all(done)) == len(claims)
store.close()
print(json.dumps(sent))
"""


def test_each_email_is_sent_by_one_process_and_none_is_left(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "mail.db", standard_drivers())
    provider = store.providers.add(smtp_provider("Relay", "h", 587, "o@x.org"))
    recipients = tuple(f"a{number}@x.org" for number in range(MESSAGES))
    (ids,) = store.queue.enqueue([NewMessage(b"Hi", recipients, "Hello", "<1@x>")])
    programs = [start(store, f"sender {number}") for number in range(3)]
    go(programs)
    sent = [queue_id for program in programs for queue_id in what_was_sent(program)]
    assert sorted(sent) == ids
    assert store.queue.count() == 0
    assert (
        store.log.count(TableQuery(filters=(("status", OneOf((LogStatus.SUCCESS,))),))) == MESSAGES
    )
    for email in ids:
        (attempt,) = store.log.attempts(email)
        assert (attempt.outcome, attempt.provider_id) == (OutcomeKind.ACCEPTED, provider.id)
    store.close()


def test_changes_and_undo_beside_the_senders_neither_double_nor_lose_email(
    tmp_path: Path,
) -> None:
    store = Store.open(tmp_path / "mail.db", standard_drivers(), busy_timeout=60)
    store.providers.add(smtp_provider("Relay", "h", 587, "o@x.org"))
    recipients = tuple(f"a{number}@x.org" for number in range(10 * MESSAGES))
    (ids,) = store.queue.enqueue([NewMessage(b"Hi", recipients, "Hello", "<1@x>")])
    kept = store.queue.hold(ids[-10:])
    assert kept.undo is not None
    tokens = [kept.undo]
    programs = [start(store, f"sender {number}") for number in range(2)]
    go(programs)
    chance = random.Random(4)
    changing = ids[:-10]
    for _ in range(60):
        some = chance.sample(changing, len(changing) // 2)
        action = chance.choice((store.queue.hold, store.queue.send_now, store.queue.delete))
        undo = action(some).undo
        tokens += [] if undo is None else [undo]
        if len(tokens) > 1 and chance.random() < 0.7:
            store.queue.undo(tokens.pop())
    sent = [queue_id for program in programs for queue_id in what_was_sent(program)]
    assert 0 < len(sent) < len(ids)
    for token in reversed(tokens):
        store.queue.undo(token)
    store.queue.undelete(ids)
    store.queue.send_now(ids)
    last = start(store, "the last one")
    go([last])
    sent += what_was_sent(last)
    assert sorted(sent) == ids
    assert store.queue.count() == 0
    assert all(len(store.log.attempts(email)) == 1 for email in ids)
    store.close()


def start(store: Store, name: str) -> subprocess.Popen[str]:
    """A sender that waits for the word to go."""
    program = subprocess.Popen(
        [sys.executable, "-c", SENDER, str(store.location.path), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    return program


def go(programs: list[subprocess.Popen[str]]) -> None:
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()


def what_was_sent(program: subprocess.Popen[str]) -> list[int]:
    output, _ = program.communicate()
    assert program.returncode == 0
    sent: list[int] = json.loads(output)
    return sent
