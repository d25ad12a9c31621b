"""One message to a scripted server, and the stages at which it may misbehave."""

from __future__ import annotations

import asyncio

from mailadmin.domain.outcome import Outcome
from mailadmin.drivers.smtp.classification import outcome_of_failure
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.session import SmtpSession
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.drivers.smtp.timeouts import Timeouts
from tests.drivers.smtp.dialling import ANN, MESSAGE, PATIENT, deliver, session_with, settings_at
from tests.servers.scripted_server import ScriptedServer

STAGE_OF = {
    "GREETING": Stage.GREETING,
    "EHLO": Stage.GREETING,
    "MAIL": Stage.MAIL,
    "RCPT": Stage.RCPT,
    "DATA": Stage.DATA,
    "END": Stage.END_OF_DATA,
}
EVERY_STAGE = list(STAGE_OF)
DEADLINE_OF = {
    "GREETING": "greeting",
    "EHLO": "command",
    "MAIL": "mail",
    "RCPT": "rcpt",
    "DATA": "data",
    "END": "final",
}


def attempt(
    server: ScriptedServer, timeouts: Timeouts = PATIENT, content: bytes = MESSAGE
) -> tuple[Outcome, SmtpSession | None]:
    """One message to ANN: its outcome, and the session if it was opened."""
    opened: list[SmtpSession] = []

    async def main() -> Outcome:
        try:
            async with session_with(settings_at(server.port), timeouts=timeouts) as session:
                opened.append(session)
                return (await deliver(session, content=content))[ANN]
        except SmtpFailure as failure:
            return outcome_of_failure(failure)

    outcome = asyncio.run(main())
    return outcome, opened[0] if opened else None
