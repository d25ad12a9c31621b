"""Pipelined or not: every combination of replies means the same for each recipient."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from mailadmin.domain.outcome import Outcome, OutcomeKind, Scope
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.session import SmtpSession
from tests.drivers.smtp.dialling import ANN, BOB, CAT, MESSAGE, PATIENT, deliver, settings_at
from tests.servers.scripted_server import PIPELINING, POLITE, Answers, Transfer, scripted_server

MAIL = ("250 ok", "451 4.3.0 later", "550 5.7.1 no", "421 4.3.2 closing", "354 what?")
RCPT = ("250 ok", "550 5.1.1 no", "452 4.5.3 too many", "421 4.7.0 closing", "354 what?")
DATA = ("354 go on", "451 4.3.0 later", "554 5.6.0 no", "421 4.3.2 closing", "250 what?")
END = ("250 taken", "451 4.3.0 later", "554 5.6.0 no", "421 4.3.2 closing", "354 what?")

Combination = tuple[str, str, str, str, str]  # MAIL, RCPT twice, DATA, the final dot


def combinations(mail: str) -> Iterator[Combination]:
    """Those that differ: after another MAIL than 250 the rest is only noise."""
    if mail.startswith("250"):
        yield from product([mail], RCPT, RCPT, DATA, END)
    else:
        yield from product([mail], RCPT[:4], RCPT[:2], DATA[:4], END[:2])


@dataclass(frozen=True)
class Seen:
    """What became of a message: in the client, and at the server."""

    outcomes: dict[str, Outcome] | None
    failure: str  # what was raised
    is_step_lost: bool
    transfers: tuple[Transfer, ...]


async def transfer(combination: Combination, ehlo: str) -> Seen:
    mail, ann, bob, data, end = combination
    answers: Answers = {
        "EHLO": ehlo,
        "MAIL": mail,
        f"RCPT {ANN}": ann,
        f"RCPT {BOB}": bob,
        "DATA": data,
        "END": end,
    }
    with scripted_server(answers) as server:
        session = await SmtpSession.open(settings_at(server.port), None, timeouts=PATIENT)
        outcomes, raised = None, ""
        try:
            outcomes = await deliver(session, ANN, BOB)
        except SmtpFailure as failure:
            raised = f"{failure!r} {failure.reply}"
        # Whatever comes next must not be answered by what is left of this message.
        assert session.usable is (session.failure is None)
        await session.close()
        if session.failure is None:
            server.wait_ended()
        return Seen(outcomes, raised, session.failure is not None, tuple(server.transfers))


@pytest.mark.parametrize("mail", MAIL)
def test_pipelining_changes_no_outcome_of_any_combination_of_replies(mail: str) -> None:
    async def main() -> None:
        for combination in combinations(mail):
            plain = await transfer(combination, POLITE["EHLO"])
            pipelined = await transfer(combination, PIPELINING)
            assert (combination, pipelined.outcomes) == (combination, plain.outcomes)
            assert (combination, pipelined.failure) == (combination, plain.failure)
            assert plain.is_step_lost <= pipelined.is_step_lost, combination
            # At the server: the same, and perhaps a final dot for nobody.
            sent = [each for each in pipelined.transfers if each.content]
            assert sent == list(plain.transfers), combination
            for each in pipelined.transfers:
                assert each.content == MESSAGE or not each.recipients, combination

    asyncio.run(main())


# 452 too many recipients (RFC 5321 §4.5.3.1.10) ----------------------------------------------

DEFERRED, FAILED = OutcomeKind.DEFERRED, OutcomeKind.FAILED
TRANSACTION = Scope.TRANSACTION


@pytest.mark.parametrize("ehlo", [POLITE["EHLO"], PIPELINING], ids=["plain", "pipelined"])
@pytest.mark.parametrize(
    ("reply", "kind", "scope"),
    [
        ("452 too many recipients", DEFERRED, TRANSACTION),
        ("452 4.5.3 too many recipients", DEFERRED, TRANSACTION),
        ("451 4.5.3 too many recipients", DEFERRED, TRANSACTION),
        ("552 too many recipients", DEFERRED, TRANSACTION),
        ("552 5.5.3 too many recipients", DEFERRED, TRANSACTION),
        ("550 5.5.3 too many recipients", DEFERRED, TRANSACTION),
        ("452 4.2.2 mailbox full", DEFERRED, None),
        ("452 4.3.1 no storage", DEFERRED, None),
        ("450 4.7.1 greylisted", DEFERRED, None),
        ("552 5.2.2 mailbox full", FAILED, None),
        ("550 5.1.1 no such user", FAILED, None),
    ],
)
def test_a_recipient_too_many_is_tried_in_a_transaction_of_its_own(
    reply: str, kind: OutcomeKind, scope: Scope | None, ehlo: str
) -> None:
    answers: Answers = {"EHLO": ehlo, f"RCPT {BOB}": reply}

    async def main() -> tuple[dict[str, Outcome], Outcome]:
        session = await SmtpSession.open(settings_at(server.port), None, timeouts=PATIENT)
        outcomes = await deliver(session, ANN, BOB, CAT)
        alone = (await deliver(session, BOB))[BOB]
        await session.close()
        return outcomes, alone

    with scripted_server(answers) as server:
        outcomes, alone = asyncio.run(main())
    assert outcomes[ANN].kind is outcomes[CAT].kind is OutcomeKind.ACCEPTED
    assert outcomes[BOB].kind is kind
    assert (outcomes[BOB].scope is TRANSACTION) is (scope is TRANSACTION)
    # Refused as the first of its transaction it can't be the number of recipients.
    assert alone.scope is not TRANSACTION
    assert [each.recipients for each in server.transfers if each.content] == [(ANN, CAT)]
