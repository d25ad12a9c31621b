"""The SMTP library alone: no queue, no database, no log."""

from __future__ import annotations

import asyncio
import time

import aiosmtplib

from tests.benchmarks.rig.queues import message


def library_rate(port: int, messages: int, connections: int) -> float:
    """Messages/s of aiosmtplib in one event loop."""
    began = time.perf_counter()
    asyncio.run(_send(port, messages, connections))
    return messages / (time.perf_counter() - began)


async def _send(port: int, messages: int, connections: int) -> None:
    left = iter(range(messages))
    content = message().content

    async def worker() -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
        await client.connect()
        for _ in left:
            await client.mail("a@example.org")
            await client.rcpt("b@example.org")
            await client.data(content)
        await client.quit()

    await asyncio.gather(*(worker() for _ in range(connections)))
