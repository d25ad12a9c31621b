"""What the Reason column says of a refusal: a table of stages and replies."""

from __future__ import annotations

import pytest

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.drivers.smtp.classification import outcome_of_reply
from mailadmin.drivers.smtp.reply import reply_from_lines
from mailadmin.drivers.smtp.stages import Stage

HOST = "mx.example.org"
MAIL, RCPT, DATA, END = Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.END_OF_DATA

MOVED = "Mailbox of the recipient has moved, says mx.example.org"
DISABLED = "Mailbox of the recipient is disabled at mx.example.org"
FULL = "Mailbox of the recipient is full at mx.example.org"
NO_DOMAIN = "Domain of the recipient not found by mx.example.org"
NO_MAIL_THERE = "Domain of the recipient takes no mail, says mx.example.org"
NO_RELAY = "mx.example.org relays no mail for this recipient"
TOO_BIG = "Message too big for mx.example.org"
NO_ROOM = "mx.example.org has no room for mail"
NO_WAY = "mx.example.org can't reach the recipient's server"
TOO_MANY = "Too many recipients at once for mx.example.org"
POLICY = "Refused by policy of mx.example.org"
CHECKS = "SPF, DKIM or DMARC of the sender's domain failed at mx.example.org"
SENDER = "Sender refused by mx.example.org"
SENDER_NOW = "Sender not accepted yet by mx.example.org"
RECIPIENT = "Recipient refused by mx.example.org"
RECIPIENT_NOW = "Recipient not accepted yet by mx.example.org"
MESSAGE = "Message refused by mx.example.org"
MESSAGE_NOW = "Message not accepted yet by mx.example.org"
SIGN_IN = "mx.example.org refused the sign-in"


@pytest.mark.parametrize(
    ("stages", "line", "sentence"),
    [
        # The enhanced code tells.
        ([RCPT, DATA, END], "550 5.1.1 no such user", RECIPIENT),
        ([RCPT, DATA, END], "550 5.1.2 no such domain", NO_DOMAIN),
        ([RCPT], "450 4.1.2 domain not found", NO_DOMAIN),
        ([RCPT, END], "551 5.1.6 moved", MOVED),
        ([MAIL, RCPT, END], "550 5.1.8 bad sender", SENDER),
        ([MAIL, RCPT], "450 4.1.8 sender's domain not found", SENDER_NOW),
        ([RCPT, END], "550 5.1.10 null MX", NO_MAIL_THERE),
        ([RCPT, DATA, END], "550 5.2.1 disabled", DISABLED),
        ([RCPT, DATA, END], "552 5.2.2 mailbox full", FULL),
        ([RCPT, END], "452 4.2.2 over quota", FULL),
        ([RCPT, END], "552 5.2.3 long", "Message too big for the recipient's mailbox at " + HOST),
        ([MAIL, RCPT, DATA, END], "452 4.3.1 disk full", NO_ROOM),
        ([MAIL, RCPT, DATA, END], "552 5.3.4 too big", TOO_BIG),
        ([RCPT, END], "451 4.4.1 no answer from host", NO_WAY),
        ([RCPT, END], "550 5.4.4 unable to route", NO_WAY),
        ([END], "554 5.4.6 loop", "Mail goes round in a circle, says mx.example.org"),
        ([RCPT], "452 4.5.3 too many", TOO_MANY),
        ([RCPT], "552 5.5.3 too many", TOO_MANY),
        ([MAIL, RCPT, END], "550 5.6.7 ASCII, please", HOST + " takes only addresses in ASCII"),
        ([RCPT, DATA, END], "550 5.7.1 refused", POLICY),
        ([RCPT, END], "550 5.7.25 no reverse name", POLICY),
        ([END], "550 5.7.26 unauthenticated", CHECKS),
        ([RCPT, END], "550 5.7.27 sender's domain takes no mail", SENDER),
        ([MAIL], "550 5.7.1 not yours", SENDER),
        # It goes before the reply code.
        ([END], "552 5.6.0 bad content", MESSAGE),
        ([RCPT], "551 5.1.1 no such user", RECIPIENT),
        # The reply code tells.
        ([MAIL], "552 too big", TOO_BIG),
        ([DATA, END], "552 too big", TOO_BIG + " or for the mailbox"),
        ([MAIL, END], "452 no space", NO_ROOM),
        ([RCPT], "551 not local", NO_RELAY),
        ([RCPT], "556 no mail here", NO_MAIL_THERE),
        # The text tells, where no code does.
        ([RCPT], "554 5.7.1 <ann@example.org>: Relay access denied", NO_RELAY),
        ([RCPT], "454 4.7.1 <ann@example.org>: Relay access denied", NO_RELAY),
        ([RCPT], "550 relay not permitted", NO_RELAY),
        ([RCPT], "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", NO_RELAY),
        ([RCPT], "550 5.7.1 listed at relay.example.net", POLICY),
        ([RCPT], "550 5.7.1 blocked using relays.example.net", POLICY),
        # The stage alone is known, or the code is about something else than the stage.
        ([RCPT], "550 no", RECIPIENT),
        ([RCPT], "450 4.7.1 greylisted", RECIPIENT_NOW),
        ([RCPT], "452 which of both?", RECIPIENT_NOW),
        ([MAIL], "550 no", SENDER),
        ([MAIL], "451 4.7.1 slow down", SENDER_NOW),
        ([MAIL], "550 5.2.2 whose mailbox?", SENDER),
        ([DATA, END], "554 5.6.0 no", MESSAGE),
        ([DATA, END], "451 4.3.0 no", MESSAGE_NOW),
        ([DATA, END], "421 4.4.2 idle", MESSAGE_NOW),
        ([Stage.GREETING], "554 5.7.1 no", "mx.example.org does not talk to this computer"),
        ([Stage.GREETING], "452 4.3.1 no room", "mx.example.org is not ready"),
        ([Stage.TLS], "454 4.7.0 no", "mx.example.org can't start TLS now"),
        ([Stage.AUTH], "454 4.7.0 no", "mx.example.org can't check the sign-in now"),
        # Ours, wherever it comes.
        (list(Stage), "530 5.7.0 sign in first", SIGN_IN),
        (list(Stage), "534 5.7.9 too weak", SIGN_IN),
        (list(Stage), "535 5.7.8 bad", SIGN_IN),
        (list(Stage), "538 5.7.11 encrypt", SIGN_IN),
        (list(Stage), "530 relay not permitted", SIGN_IN),
    ],
)
def test_the_reason_has_a_sentence_and_the_reply(
    stages: list[Stage], line: str, sentence: str
) -> None:
    for stage in stages:
        reason = outcome_of_reply(stage, reply_from_lines([line]), HOST).reason
        assert reason == f"{sentence}: {line}", stage


def test_the_text_of_a_reply_does_not_change_its_outcome() -> None:
    """A word in the text moves nothing from the recipient to the provider or back."""
    for text in ("5.7.1 no", "5.7.1 Relay access denied"):
        reply = reply_from_lines([f"550 {text}"])
        assert outcome_of_reply(RCPT, reply, HOST).kind is OutcomeKind.FAILED
        assert outcome_of_reply(MAIL, reply, HOST).kind is OutcomeKind.PROVIDER_FAULT


def test_a_reply_of_several_lines_is_one_line_of_the_reason() -> None:
    reply = reply_from_lines(["552-5.2.2 The mailbox", "552 5.2.2 of Ann is full"])
    reason = outcome_of_reply(RCPT, reply, HOST).reason
    assert reason == FULL + ": 552 5.2.2 The mailbox of Ann is full"
