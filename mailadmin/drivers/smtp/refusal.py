"""What a refusal says in a person's words, from its enhanced status code or else its reply code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailadmin.domain.outcome import Reply
from mailadmin.drivers.smtp.stages import Stage

_MAIL = (Stage.MAIL,)
_RCPT = (Stage.RCPT,)
_CONTENT = (Stage.DATA, Stage.END_OF_DATA)  # some servers judge the recipient only there
_RECIPIENT = (*_RCPT, *_CONTENT)
_ANY = (*_MAIL, *_RECIPIENT)

_BAD_SENDER = ("Sender refused by {host}", "Sender not accepted yet by {host}")
_NO_RELAY = "{host} relays no mail for this recipient"
_TOO_BIG = "Message too big for {host}"
_NO_ROOM = "{host} has no room for mail"
_NO_MAIL_THERE = "Domain of the recipient takes no mail, says {host}"
_CHECKS = "SPF, DKIM or DMARC of the sender's domain failed at {host}"
_POLICY = "Refused by policy of {host}"

_Sentence = str | tuple[str, str]  # for both, or (for good, for now)

# Stages, the classes that "subject.detail" is known with (RFC 3463 and its registry), the sentence.
_BY_ENHANCED: tuple[tuple[tuple[Stage, ...], str, str, _Sentence], ...] = (
    (_CONTENT, "5", "1.1", "Recipient refused by {host}"),
    (_RECIPIENT, "45", "1.2", "Domain of the recipient not found by {host}"),
    (_RECIPIENT, "5", "1.6", "Mailbox of the recipient has moved, says {host}"),
    (_RECIPIENT, "45", "1.7 1.8 7.27", _BAD_SENDER),
    (_RECIPIENT, "5", "1.10", _NO_MAIL_THERE),  # RFC 7505
    (_RECIPIENT, "45", "2.1", "Mailbox of the recipient is disabled at {host}"),
    (_RECIPIENT, "45", "2.2", "Mailbox of the recipient is full at {host}"),
    (_RECIPIENT, "5", "2.3", "Message too big for the recipient's mailbox at {host}"),
    (_ANY, "45", "3.1", _NO_ROOM),
    (_ANY, "45", "3.4", _TOO_BIG),
    (_RECIPIENT, "45", "4.1 4.4", "{host} can't reach the recipient's server"),
    (_RECIPIENT, "45", "4.6", "Mail goes round in a circle, says {host}"),
    (_RCPT, "45", "5.3", "Too many recipients at once for {host}"),
    (_ANY, "5", "6.7", "{host} takes only addresses in ASCII"),  # RFC 6531 §3.5
    (_RECIPIENT, "5", "7.20 7.21 7.22 7.23 7.24 7.26", _CHECKS),  # RFC 7372
)

# The same where the server gives no enhanced code (RFC 5321 §4.2.3, RFC 1870, RFC 7504).
_BY_CODE: tuple[tuple[tuple[Stage, ...], int, _Sentence], ...] = (
    ((*_MAIL, *_CONTENT), 452, _NO_ROOM),
    (_RCPT, 551, _NO_RELAY),
    (_MAIL, 552, _TOO_BIG),
    (_CONTENT, 552, "Message too big for {host} or for the mailbox"),
    (_RCPT, 556, _NO_MAIL_THERE),
)

# What is left: the stage alone.
_BY_STAGE: dict[Stage, tuple[str, str]] = {
    # stage: (for good, for now)
    Stage.GREETING: ("{host} does not talk to this computer", "{host} is not ready"),
    Stage.TLS: ("{host} refused to start TLS", "{host} can't start TLS now"),
    Stage.AUTH: ("{host} refused the sign-in", "{host} can't check the sign-in now"),
    Stage.MAIL: _BAD_SENDER,
    Stage.RCPT: ("Recipient refused by {host}", "Recipient not accepted yet by {host}"),
    Stage.DATA: ("Message refused by {host}", "Message not accepted yet by {host}"),
    Stage.END_OF_DATA: ("Message refused by {host}", "Message not accepted yet by {host}"),
}
_ANY_STAGE = ("Refused by {host}", "Not accepted yet by {host}")

# No code tells an open relay's refusal from another 5.7.1, so the usual words have to.
_SAYS_NO_RELAY = re.compile(
    r"\brelay(?:ing)?\s+(?:access\s+|is\s+)?(?:not|denied|prohibited)\b"
    r"|\b(?:not|unable\s+to|can't|cannot)\s+relay\b",
    re.IGNORECASE,
)


def _rows() -> Iterator[tuple[tuple[Stage, str], _Sentence]]:
    for stages, classes, details, sentence in _BY_ENHANCED:
        for stage in stages:
            for one in classes:
                for detail in details.split():
                    yield (stage, f"{one}.{detail}"), sentence
    for stages, code, sentence in _BY_CODE:
        for stage in stages:
            yield (stage, str(code)), sentence


_KNOWN = dict(_rows())


def sentence_of_refusal(
    stage: Stage, reply: Reply, host: str, *, for_good: bool, sign_in: bool
) -> str:
    """Who refused what, without the reply itself: "Mailbox of the recipient is full at {host}".

    `for_good`: it will not be tried again by itself. `sign_in`: the code says that this is about
    the sign-in, whatever the stage.
    """
    found: _Sentence | None
    if sign_in:
        found = _BY_STAGE[Stage.AUTH]
    elif stage is Stage.RCPT and _SAYS_NO_RELAY.search(reply.text):
        found = _NO_RELAY
    else:
        found = _KNOWN.get((stage, reply.enhanced or str(reply.code)))
        if found is None and stage in _RECIPIENT and reply.enhanced.startswith("5.7."):
            found = _POLICY
    if found is None:
        found = _BY_STAGE.get(stage, _ANY_STAGE)
    if isinstance(found, tuple):
        found = found[0] if for_good else found[1]
    return found.format(host=host)
