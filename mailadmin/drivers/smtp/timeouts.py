"""How long each stage may take, as deadlines for the whole stage and not for the next byte."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for each stage; the defaults are RFC 5321 §4.5.3.2 where it names a value.

    A reply that trickles in has no more time than one that comes at once.
    """

    dns: float = 30.0
    connect: float = 30.0  # over all addresses of the host
    greeting: float = 300.0
    tls: float = 60.0  # STARTTLS and the handshake
    command: float = 300.0  # EHLO, AUTH, RSET
    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0  # DATA until 354
    block: float = 180.0  # for the server to take the next block of the message
    final: float = 600.0  # the final dot until its reply
    quit: float = 5.0


RFC5321 = Timeouts()

PROBE = Timeouts(
    dns=10.0,
    connect=10.0,
    greeting=20.0,
    tls=15.0,
    command=20.0,
    mail=20.0,
    rcpt=20.0,
    data=20.0,
    block=20.0,
    final=30.0,
    quit=3.0,
)
"""For "Test connection", where a person is waiting."""
