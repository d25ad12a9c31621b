"""Large messages: sent in pieces as fast as the server takes them, in little memory."""

from __future__ import annotations

import asyncio
import threading
import tracemalloc

import pytest

from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.dialogue import Dialogue
from mailadmin.drivers.smtp.stages import Stage
from tests.drivers.smtp.dialling import ANN, deliver, session_with, settings_at
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import PIPELINING, Answers, Gone, Peer, scripted_server

MEGABYTE = 1024 * 1024
LARGE = b"Subject: large\r\n\r\n" + (b"." + b"x" * 77 + b"\r\n") * 400_000  # 32 MB, all to stuff


async def take_and_forget(peer: Peer) -> None:
    """Take a message without keeping it, and say how long it was."""
    await peer.say("354 go on")
    await take_the_rest(peer)


async def take_the_rest(peer: Peer) -> None:
    size, end = 0, b""
    while not end.endswith(b"\r\n.\r\n"):
        if not (piece := await peer.reader.read(65536)):
            raise Gone
        size += len(piece)
        end = (end + piece)[-5:]
    await peer.say(f"250 2.0.0 {size}")


@pytest.mark.parametrize("encryption", [Encryption.NONE, Encryption.SSL])
def test_a_large_message_is_in_memory_once(
    encryption: Encryption, certificates: Certificates
) -> None:
    over_tls = encryption is Encryption.SSL
    tls = certificates.valid.context() if over_tls else None
    answers: Answers = {"EHLO": PIPELINING, "DATA": take_and_forget}
    with scripted_server(answers, tls=tls) as server:
        provider = settings_at(server.port, encryption, ca_file=str(certificates.ca_file))

        async def main() -> tuple[Outcome, int]:
            async with session_with(provider) as session:
                tracemalloc.start()
                try:
                    outcome = (await deliver(session, content=LARGE))[ANN]
                    _, peak = tracemalloc.get_traced_memory()
                finally:
                    tracemalloc.stop()
                return outcome, peak

        outcome, peak = asyncio.run(main())
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert outcome.reason.endswith(f"250 2.0.0 {len(LARGE) + 400_000 + 3}")
    # A look through the content takes a piece at a time; the network holds what it may.
    assert peak < 6 * MEGABYTE


def test_a_server_that_reads_late_gets_the_rest_when_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sender waits meanwhile, and is woken by the room there is again."""
    waits = threading.Event()
    pause_writing = Dialogue.pause_writing

    def pause(dialogue: Dialogue) -> None:
        pause_writing(dialogue)
        waits.set()

    monkeypatch.setattr(Dialogue, "pause_writing", pause)

    async def read_late(peer: Peer) -> None:
        await peer.say("354 go on")
        await asyncio.to_thread(waits.wait, 10)
        await take_the_rest(peer)

    with scripted_server({"DATA": read_late}) as server:

        async def main() -> Outcome:
            async with session_with(settings_at(server.port)) as session:
                return (await deliver(session, content=LARGE))[ANN]

        outcome = asyncio.run(main())
    assert waits.is_set()
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_others_have_their_turn_while_a_large_message_is_looked_through() -> None:
    """With the window in the same interpreter nothing may take the loop, or the lock, for long."""
    with scripted_server({"EHLO": PIPELINING, "MAIL": "550 5.7.1 no"}) as server:

        async def main() -> int:
            turns = 0
            before_mail: list[int] = []

            async def count() -> None:
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            def entered(stage: Stage) -> None:
                if stage is Stage.MAIL:
                    before_mail.append(turns)

            async with session_with(settings_at(server.port), on_stage=entered) as session:
                counting = asyncio.create_task(count())
                await deliver(session, content=LARGE)
                counting.cancel()
            return before_mail[0]

        assert asyncio.run(main()) >= len(LARGE) // MEGABYTE
