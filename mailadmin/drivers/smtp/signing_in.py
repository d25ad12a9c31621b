"""AUTH: the exchange of challenges and responses (RFC 4954)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from contextlib import suppress

from mailadmin.domain.outcome import Reply
from mailadmin.drivers.smtp.dialogue import Dialogue
from mailadmin.drivers.smtp.failure import Disconnected, MalformedReply
from mailadmin.drivers.smtp.mechanisms import AuthMechanism

_WELCOME = 235
_CHALLENGE = 334
_LONGEST_COMMAND = 510  # bytes without CRLF (RFC 5321 §4.5.3.1.4), AUTH too (RFC 4954 §4)
_CANCEL = b"*\r\n"

# The password was not looked at: the server takes none with the command (RFC 4954 §4), …
_NO_INITIAL_RESPONSE = frozenset({500, 501})
# … or doesn't know the mechanism that it offered (RFC 5321 §4.2.4).
_MECHANISM_UNKNOWN = frozenset({500, 501, 502, 504})
_BAD_CREDENTIALS = "5.7.8"  # RFC 4954 §6: it did look, whatever the code before it


class NotSignedIn(Exception):
    """The server said no; `reply` is what it said."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__("the sign-in was refused")


class UnexpectedChallenge(Exception):
    """The server asked for something that the mechanism has no answer to; nothing was told it."""

    def __init__(self, challenge: Reply) -> None:
        self.challenge = challenge
        super().__init__("the server asked for something unknown")


async def sign_in(dialogue: Dialogue, mechanisms: Sequence[Callable[[], AuthMechanism]]) -> None:
    """Sign in by the first of `mechanisms` that the server knows.

    A mechanism is tried with its initial response, and once more without where the server takes
    none. A password that was refused is not tried again in another way: servers lock accounts.
    Raises NotSignedIn, UnexpectedChallenge, and what the dialogue raises.
    """
    for make in mechanisms:
        refusal = await _exchange(dialogue, make)
        if refusal is None:
            return
        if make is mechanisms[-1] or not _is_misunderstood(refusal, _MECHANISM_UNKNOWN):
            raise NotSignedIn(refusal)


async def _exchange(dialogue: Dialogue, make: Callable[[], AuthMechanism]) -> Reply | None:
    """None once signed in, or the refusal of the command AUTH itself, before any challenge."""
    mechanism = make()
    told_at_once = _begin(dialogue, mechanism, at_once=True)
    reply = await dialogue.reply()
    if told_at_once and _is_misunderstood(reply, _NO_INITIAL_RESPONSE):
        mechanism = make()
        _begin(dialogue, mechanism, at_once=False)
        reply = await dialogue.reply()
    if reply.code not in {_WELCOME, _CHALLENGE}:
        return reply
    while reply.code == _CHALLENGE:
        if not _respond(dialogue, mechanism, reply):
            await _cancel(dialogue)
            raise UnexpectedChallenge(reply)
        reply = await dialogue.reply()
    if reply.code != _WELCOME:
        raise NotSignedIn(reply)
    return None


def _is_misunderstood(reply: Reply, codes: frozenset[int]) -> bool:
    return reply.code in codes and reply.enhanced != _BAD_CREDENTIALS


async def _cancel(dialogue: Dialogue) -> None:
    """The sign-in is over (RFC 4954 §4), whatever the server says to that."""
    dialogue.tell(_CANCEL, 1)
    with suppress(Disconnected, MalformedReply):
        await dialogue.reply()


# What follows are no coroutines, so that nothing secret is in a frame that waits, for a traceback
# shows that if the connection breaks.


def _begin(dialogue: Dialogue, mechanism: AuthMechanism, *, at_once: bool) -> bool:
    """Send AUTH, with the initial response if it is to go `at_once` and fits; whether it went."""
    command = b"AUTH " + mechanism.name.encode()
    response = mechanism.initial_response() if at_once else None
    whole = command if response is None else b"%b %b" % (command, base64.b64encode(response))
    fits = len(whole) <= _LONGEST_COMMAND
    _tell(dialogue, mechanism, whole if fits else command)
    return fits and response is not None


def _respond(dialogue: Dialogue, mechanism: AuthMechanism, challenge: Reply) -> bool:
    """Answer `challenge`; False if there is no answer to it."""
    response = mechanism.answer(_decoded(challenge))
    if response is not None:
        _tell(dialogue, mechanism, base64.b64encode(response))
    return response is not None


def _tell(dialogue: Dialogue, mechanism: AuthMechanism, line: bytes) -> None:
    if mechanism.secret_told:
        dialogue.redact_from_now_on()
    dialogue.tell_secret(line + b"\r\n")


def _decoded(challenge: Reply) -> bytes:
    """What the server asks; some forget the base64 and ask in plain words."""
    text = challenge.text[4:].strip().encode()
    if text.lower().startswith((b"user", b"pass")):
        return text
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text
