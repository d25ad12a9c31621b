"""A window, command lines and several senders on one database: each message goes out once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.faults.product import Product
from tests.faults.recording_server import recording_server
from tests.faults.senders import PATIENCE, sender, until
from tests.faults.variants import sampled
from tests.servers.scripted_server import Peer, ScriptedServer, scripted_server
from tests.ui.application import running_window

CONNECTIONS = 3  # of one sender


def enqueue(product: Product, first: int, count: int) -> None:
    """Queue numbered messages by a program of its own."""
    folder = product.folder / f"letters-{first}"
    folder.mkdir()
    for number in range(first, first + count):
        letter = f"To: r{number}@example.net\nSubject: Number {number}\n\nText\n"
        (folder / f"{number}.eml").write_text(letter)
    command = [sys.executable, "-m", "mailadmin", "--database", str(product.database), "enqueue"]
    subprocess.run(
        [*command, *map(str, folder.iterdir())], check=True, capture_output=True, timeout=60
    )


def several_senders(product: Product, server: ScriptedServer, number: int) -> None:
    """Some mail waits for them, some comes while they send."""
    product.provider(server.port, max_connections=CONNECTIONS)
    enqueue(product, 0, 60)
    with ExitStack() as running:
        senders = [running.enter_context(sender(product)) for _ in range(number)]
        enqueue(product, 60, 60)
        until(lambda: product.queue() == [], lambda: [one.text for one in senders])
        assert [one.end() for one in senders] == [0] * number
        told = [line for one in senders for line in one.holding(" sent: ")]
    once_each(server, 120)
    assert len(told) == 120
    assert list(product.log().values()) == ["SUCCESS"] * 120


def once_each(server: ScriptedServer, number: int) -> None:
    """What the server took."""
    taken = Counter(name for transfer in server.transfers for name in transfer.recipients)
    assert taken == {f"r{position}@example.net": 1 for position in range(number)}


@pytest.mark.parametrize("pipelining", sampled([(True,), (False,)], 2))
def test_several_senders_send_nothing_twice(product: Product, pipelining: bool) -> None:
    offers = "250-scripted\n250 PIPELINING" if pipelining else "250 scripted"
    with scripted_server({"EHLO": offers}) as server:
        several_senders(product, server, 3)


def test_window_command_line_and_senders_side_by_side(
    product: Product, tmp_path: Path, qtbot: QtBot
) -> None:
    with recording_server(tmp_path) as server:
        product.provider(server.port)
        with (
            running_window(tmp_path, database=product.database),
            sender(product) as first,
            sender(product) as second,
        ):
            for start in (0, 40, 80):
                enqueue(product, start, 40)
            qtbot.waitUntil(lambda: product.queue() == [], timeout=int(1000 * PATIENCE))
            assert first.end() == second.end() == 0
        taken = Counter(name for message in server.accepted() for name in message.recipients)
    assert taken == {f"r{number}@example.net": 1 for number in range(120)}
    assert list(product.log().values()) == ["SUCCESS"] * 120


def test_a_second_start_leaves_the_window_to_the_first(product: Product) -> None:
    """Real programs: the second ends at once and well, the first goes on and sends."""
    command = [sys.executable, "-m", "mailadmin", "--database", str(product.database)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(product.folder)}
    with scripted_server() as server:
        first = subprocess.Popen(command, env=environment)
        try:
            product.provider(server.port)
            product.accept()
            until(lambda: product.queue() == [])  # so its window is there
            second = subprocess.run(command, env=environment, check=False, timeout=60)
            assert second.returncode == 0
            product.accept()
            until(lambda: product.queue() == [])
            assert first.poll() is None
            first.send_signal(signal.SIGTERM)
            assert first.wait(60) == 0
        finally:
            first.kill()
            first.wait()
    assert sorted(server.messages) == sorted(product.sent)


def test_control(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    """Senders that overlook each other's claims."""
    monkeypatch.setattr("tests.faults.senders.PATIENCE", 4.0)
    product.quick = product.quick.breaking("claims_are_overlooked")

    waiting: set[Peer] = set()
    two_send = asyncio.Event()

    async def once_two_send(peer: Peer) -> None:
        waiting.add(peer)
        if len(waiting) > CONNECTIONS:
            two_send.set()
        await two_send.wait()
        await peer.say("250 2.0.0 taken")

    with scripted_server({"END": once_two_send}) as server, pytest.raises(AssertionError):
        several_senders(product, server, 3)
