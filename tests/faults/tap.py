"""Listens in between: a relay that keeps every byte a client sends, encrypted or not."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.servers.aiosmtpd_server import PASSWORD, USERNAME
from tests.servers.serving import serving


@dataclass
class Tap:
    """A running relay and what came through it."""

    port: int = 0
    connections: list[bytearray] = field(default_factory=list)

    @property
    def heard(self) -> bytes:
        """All bytes that clients sent."""
        return b"".join(map(bytes, self.connections))


@contextmanager
def tap(port: int) -> Iterator[Tap]:
    """Relay a free port to `port` of this computer until the block ends."""
    made = Tap()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = bytearray()
        made.connections.append(heard)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            _pump(reader, far_writer, heard), _pump(far_reader, writer, bytearray())
        )

    def factory() -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), relay)

    with serving(factory) as made.port:
        yield made


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, heard: bytearray) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            heard += data
            sink.write(data)
            await sink.drain()
    sink.close()


def credential_in(heard: bytes) -> bool:
    """Whether the user name or the password is there, plain or as AUTH PLAIN and LOGIN have it."""
    user, password = USERNAME.encode(), PASSWORD.encode()
    forms = [user, password, b64encode(user), b64encode(password)]
    forms.append(b64encode(b"\0" + user + b"\0" + password))
    return b"AUTH" in heard or any(form.rstrip(b"=") in heard for form in forms)
