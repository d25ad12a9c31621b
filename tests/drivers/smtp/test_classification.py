"""The classification of the design, as a table."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mailadmin.domain.outcome import OutcomeKind, Reply, Scope
from mailadmin.drivers.smtp.classification import outcome_of_failure, outcome_of_reply
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.reply import reply_from_lines
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.policy import counts

ACCEPTED = OutcomeKind.ACCEPTED
DEFERRED = OutcomeKind.DEFERRED
FAILED = OutcomeKind.FAILED
FAULT = OutcomeKind.PROVIDER_FAULT
UNCERTAIN = OutcomeKind.UNCERTAIN

HOST = "mx.example.org"


@dataclass(frozen=True)
class Broken:
    """A failure as `smtp.SmtpFailure` is one."""

    stage: Stage
    kind: FailureKind
    reply: Reply | None = None
    detail: str = "what happened"
    retry_after: float | None = None


@pytest.mark.parametrize(
    ("stage", "line", "kind"),
    [
        # Any 2xx after the dot is acceptance.
        (Stage.END_OF_DATA, "250 2.0.0 queued", ACCEPTED),
        (Stage.END_OF_DATA, "200 fine", ACCEPTED),
        (Stage.END_OF_DATA, "299 odd", ACCEPTED),
        # 4xx defers, wherever it comes, and after the dot it is a definite refusal.
        (Stage.GREETING, "421 4.3.2 shutting down", DEFERRED),
        (Stage.TLS, "454 4.7.0 TLS not available", DEFERRED),
        (Stage.AUTH, "454 4.7.0 temporary authentication failure", DEFERRED),
        (Stage.AUTH, "421 4.7.0 too many errors", DEFERRED),
        (Stage.MAIL, "452 4.3.1 no space", DEFERRED),
        (Stage.MAIL, "451 4.7.1 slow down", DEFERRED),
        (Stage.RCPT, "450 4.7.1 greylisted", DEFERRED),
        (Stage.RCPT, "452 4.5.3 too many recipients", DEFERRED),
        (Stage.DATA, "451 4.3.0 local error", DEFERRED),
        (Stage.END_OF_DATA, "421 4.4.2 timeout", DEFERRED),
        (Stage.END_OF_DATA, "451 4.7.1 later", DEFERRED),
        # 5xx about the recipient or the message.
        (Stage.RCPT, "550 5.1.1 no such user", FAILED),
        (Stage.RCPT, "550 5.7.1 refused by the recipient's policy", FAILED),
        (Stage.RCPT, "554 rejected", FAILED),
        (Stage.RCPT, "552 5.2.2 mailbox full", FAILED),
        (Stage.DATA, "554 5.5.1 no valid recipients", FAILED),
        (Stage.END_OF_DATA, "554 5.6.0 bad content", FAILED),
        (Stage.END_OF_DATA, "550 5.7.1 spam", FAILED),
        (Stage.END_OF_DATA, "552 5.3.4 too big", FAILED),
        (Stage.MAIL, "552 5.3.4 too big", FAILED),
        (Stage.MAIL, "550 5.1.8 bad sender domain", FAILED),
        (Stage.MAIL, "501 syntax", FAILED),
        # RFC 5321 §4.5.3.1.10: 552 to RCPT means too many recipients.
        (Stage.RCPT, "552 too many recipients", DEFERRED),
        (Stage.RCPT, "552 5.5.3 too many recipients", DEFERRED),
        # 5xx about us.
        (Stage.GREETING, "554 5.7.1 your address is blocked", FAULT),
        (Stage.TLS, "502 5.5.1 no", FAULT),
        (Stage.AUTH, "535 5.7.8 bad credentials", FAULT),
        (Stage.AUTH, "534 5.7.9 mechanism too weak", FAULT),
        (Stage.AUTH, "504 5.5.4 unknown mechanism", FAULT),
        (Stage.MAIL, "530 5.7.0 authentication required", FAULT),
        (Stage.MAIL, "550 5.7.1 sender not yours", FAULT),
        (Stage.MAIL, "553 5.7.1 sender not yours", FAULT),
        (Stage.RCPT, "530 5.7.0 authentication required", FAULT),
        (Stage.RCPT, "535 5.7.8 no longer signed in", FAULT),
        (Stage.DATA, "530 5.7.0 authentication required", FAULT),
        (Stage.END_OF_DATA, "530 5.7.0 authentication required", FAULT),
    ],
)
def test_each_reply_has_its_outcome(stage: Stage, line: str, kind: OutcomeKind) -> None:
    reply = reply_from_lines([line])
    outcome = outcome_of_reply(stage, reply, HOST)
    assert outcome.kind is kind
    assert outcome.stage is stage
    assert outcome.reply == reply
    assert HOST in outcome.reason
    assert line in outcome.reason
    # The same reply, met where it breaks the connection, means the same.
    if reply.code >= 400:
        broken = Broken(stage, FailureKind.REFUSED, reply)
        assert outcome_of_failure(broken).kind is kind


@pytest.mark.parametrize(
    ("stage", "line", "reason"),
    [
        (
            Stage.RCPT,
            "550 5.1.1 no such user",
            "Recipient refused by mx.example.org: 550 5.1.1 no such user",
        ),
        (
            Stage.RCPT,
            "450 4.7.1 greylisted",
            "Recipient not accepted yet by mx.example.org: 450 4.7.1 greylisted",
        ),
        (Stage.MAIL, "550 5.7.1 no", "Sender refused by mx.example.org: 550 5.7.1 no"),
        (
            Stage.AUTH,
            "535 5.7.8 bad",
            "mx.example.org refused the sign-in: 535 5.7.8 bad",
        ),
        (
            Stage.RCPT,
            "530 5.7.0 sign in first",
            "mx.example.org refused the sign-in: 530 5.7.0 sign in first",
        ),
        (
            Stage.END_OF_DATA,
            "554 5.6.0 bad content",
            "Message refused by mx.example.org: 554 5.6.0 bad content",
        ),
        (Stage.END_OF_DATA, "250 ok", "Accepted by mx.example.org: 250 ok"),
    ],
)
def test_each_reply_has_its_reason(stage: Stage, line: str, reason: str) -> None:
    assert outcome_of_reply(stage, reply_from_lines([line]), HOST).reason == reason


@pytest.mark.parametrize(
    ("stage", "line"),
    [
        (Stage.RCPT, "250 ok"),
        (Stage.DATA, "354 go on"),
        (Stage.DATA, "250 ok"),
        (Stage.END_OF_DATA, "354 go on"),
    ],
)
def test_a_reply_that_decides_nothing_is_a_bug(stage: Stage, line: str) -> None:
    with pytest.raises(ValueError, match="decides nothing"):
        outcome_of_reply(stage, reply_from_lines([line]), HOST)


def test_the_wait_asked_for_is_kept_for_what_can_be_retried() -> None:
    later = reply_from_lines(["450 4.7.1 try again in 5 minutes"])
    assert outcome_of_reply(Stage.RCPT, later, HOST).retry_after == 300
    never = reply_from_lines(["550 5.7.1 do not try again in 5 minutes"])
    assert outcome_of_reply(Stage.RCPT, never, HOST).retry_after is None


NETWORK = [
    FailureKind.NAME_NOT_FOUND,
    FailureKind.NAME_LOOKUP,
    FailureKind.CONNECTION_REFUSED,
    FailureKind.UNREACHABLE,
    FailureKind.CONNECTION_LOST,
    FailureKind.TIMEOUT,
    FailureKind.MALFORMED_REPLY,
    FailureKind.UNEXPECTED_REPLY,
]
BEFORE_THE_DOT = [stage for stage in Stage if stage is not Stage.END_OF_DATA]


@pytest.mark.parametrize("stage", BEFORE_THE_DOT)
@pytest.mark.parametrize("kind", NETWORK)
def test_network_trouble_before_the_dot_defers(kind: FailureKind, stage: Stage) -> None:
    outcome = outcome_of_failure(Broken(stage, kind, retry_after=7.0))
    assert outcome.kind is DEFERRED
    assert outcome.reason == "what happened"
    assert outcome.retry_after == 7.0


@pytest.mark.parametrize(
    "kind",
    [
        FailureKind.CONNECTION_LOST,
        FailureKind.TIMEOUT,
        FailureKind.MALFORMED_REPLY,
        FailureKind.UNEXPECTED_REPLY,
    ],
)
def test_after_the_dot_the_outcome_is_unknown(kind: FailureKind) -> None:
    assert outcome_of_failure(Broken(Stage.END_OF_DATA, kind)).kind is UNCERTAIN


def test_every_other_failure_is_the_providers_fault() -> None:
    ours = [kind for kind in FailureKind if kind not in {*NETWORK, FailureKind.REFUSED}]
    assert len(ours) >= 16
    for kind in ours:
        stage = Stage.AUTH if "AUTH" in kind.value else Stage.TLS
        assert outcome_of_failure(Broken(stage, kind)).kind is FAULT, kind


# Whom it is about: who may try next ------------------------------------------------------------

MESSAGE, PROVIDER, OFFLINE = Scope.MESSAGE, Scope.PROVIDER, Scope.NETWORK

NO_NETWORK = {FailureKind.NAME_LOOKUP, FailureKind.UNREACHABLE}
ABOUT_MAIL = [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.END_OF_DATA]

# reply: its scope at MAIL, RCPT, DATA, END_OF_DATA; before MAIL every refusal is the provider's.
SCOPES = {
    "421 4.3.2 closing": [PROVIDER] * 4,
    "451 4.3.0 not now": [MESSAGE] * 4,
    "450 4.7.1 greylisted": [MESSAGE] * 4,
    "452 4.5.3 too many recipients": [MESSAGE] * 4,  # one too many: the session knows, see there
    "454 4.7.0 not now": [MESSAGE] * 4,
    "500 what?": [MESSAGE] * 4,
    "550 no": [MESSAGE] * 4,
    "550 5.1.1 no such user": [MESSAGE] * 4,
    "550 5.7.1 refused": [PROVIDER, MESSAGE, MESSAGE, MESSAGE],
    "552 5.3.4 too big": [MESSAGE] * 4,
    "554 5.7.0 refused": [PROVIDER, MESSAGE, MESSAGE, MESSAGE],
    "530 5.7.0 sign in first": [PROVIDER] * 4,
    "534 5.7.9 too weak": [PROVIDER] * 4,
    "535 5.7.8 bad": [PROVIDER] * 4,
    "538 5.7.11 encrypt": [PROVIDER] * 4,
}


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("line", SCOPES)
def test_each_refusal_has_its_scope(line: str, stage: Stage) -> None:
    reply = reply_from_lines([line])
    at = ABOUT_MAIL.index(stage) if stage in ABOUT_MAIL else None
    scope = PROVIDER if at is None else SCOPES[line][at]
    assert outcome_of_reply(stage, reply, HOST).scope is scope
    assert outcome_of_failure(Broken(stage, FailureKind.REFUSED, reply)).scope is scope


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.REFUSED])
def test_each_failure_has_its_scope(kind: FailureKind, stage: Stage) -> None:
    outcome = outcome_of_failure(Broken(stage, kind))
    if stage is Stage.END_OF_DATA:  # whatever it was, the message may have arrived
        expected = (UNCERTAIN, MESSAGE)
    elif kind not in NETWORK:
        expected = (FAULT, PROVIDER)
    elif kind in NO_NETWORK or (kind, stage) == (FailureKind.TIMEOUT, Stage.DNS):
        expected = (DEFERRED, OFFLINE)
    else:
        expected = (DEFERRED, PROVIDER)
    assert (outcome.kind, outcome.scope) == expected


def test_an_acceptance_is_about_the_message_alone() -> None:
    accepted = outcome_of_reply(Stage.END_OF_DATA, reply_from_lines(["250 ok"]), HOST)
    assert accepted.scope is MESSAGE


BEFORE_SIGN_IN = {Stage.DNS, Stage.CONNECT, Stage.GREETING, Stage.TLS}


@pytest.mark.parametrize("stage", Stage)
def test_what_opens_the_breaker(stage: Stage) -> None:
    """No connection, no TLS, and 421 wherever it comes: the provider's, not the message's."""
    early = stage in BEFORE_SIGN_IN
    for line, expected in (("421 4.3.2 closing", True), ("451 4.3.0 not now", early)):
        reply = reply_from_lines([line])
        assert counts(outcome_of_reply(stage, reply, HOST)) is expected
        assert counts(outcome_of_failure(Broken(stage, FailureKind.REFUSED, reply))) is expected
    lost = outcome_of_failure(Broken(stage, FailureKind.CONNECTION_LOST))
    assert counts(lost) is early
