"""This process' way to the network, watched: every send and every receipt is an event."""

from __future__ import annotations

import socket
from typing import Any

from tests.faults.events import Events


def watch_sockets(events: Events) -> None:
    """Make what asyncio's transports do with stream sockets events, from now on."""
    send, receive = socket.socket.send, socket.socket.recv
    send_parts, receive_into = socket.socket.sendmsg, socket.socket.recv_into

    def is_local(one: socket.socket) -> bool:
        return one.family not in {socket.AF_INET, socket.AF_INET6}  # an event loop's own pipe

    def watched_send(self: socket.socket, data: Any, *rest: int) -> int:  # noqa: ANN401
        if is_local(self):
            return send(self, data, *rest)
        content = bytes(data)
        return events.around(
            "send",
            lambda: send(self, data, *rest),
            data=content,
            half=lambda: send(self, content[: len(content) // 2], *rest),
        )

    def watched_parts(self: socket.socket, parts: Any, *rest: Any) -> int:  # noqa: ANN401
        if is_local(self):
            return send_parts(self, parts, *rest)
        content = b"".join(map(bytes, parts))
        return events.around(
            "send",
            lambda: send_parts(self, parts, *rest),
            data=content,
            half=lambda: send(self, content[: len(content) // 2]),
        )

    def watched_receive(self: socket.socket, *sizes: int) -> bytes:
        if is_local(self):
            return receive(self, *sizes)
        return events.around("receive", lambda: receive(self, *sizes))

    def watched_into(self: socket.socket, buffer: Any, *sizes: int) -> int:  # noqa: ANN401
        if is_local(self):
            return receive_into(self, buffer, *sizes)
        received = 0

        def receive_bytes() -> bytes:
            nonlocal received
            received = receive_into(self, buffer, *sizes)
            return bytes(memoryview(buffer)[:received])

        events.around("receive", receive_bytes)
        return received

    # Assigned by name, for their declared types are those of the C functions.
    for name, watched in {
        "send": watched_send,
        "sendmsg": watched_parts,
        "recv": watched_receive,
        "recv_into": watched_into,
    }.items():
        setattr(socket.socket, name, watched)
