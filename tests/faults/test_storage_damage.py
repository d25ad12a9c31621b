"""A damaged file is never overwritten or made anew, and a damaged message is never sent."""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from mailadmin.domain.queue import QueueStatus
from tests.faults.accounts import accounts, copies, reader
from tests.faults.commands import Ended
from tests.faults.events import Plan
from tests.faults.striking import SEND, Bench

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")


@pytest.fixture
def bench(pipelining: list[Bench]) -> Bench:
    """A database with mail to send."""
    return pipelining[0]


def zeros(content: bytes) -> bytes:
    """A header of zeros, as an interrupted write leaves it."""
    return bytes(100) + content[100:]


def text(_content: bytes) -> bytes:
    """Another kind of file."""
    return b"Dear Sir or Madam,\n" * 500


def cut(content: bytes) -> bytes:
    """The beginning of the header."""
    return content[:50]


def one_byte(content: bytes) -> bytes:
    """Something in the magic string."""
    return content[:5] + b"?" + content[6:]


def page_size(content: bytes) -> bytes:
    """A page size that there isn't."""
    return content[:16] + b"\x12\x34" + content[18:]


def schema(content: bytes) -> bytes:
    """Rubbish where the tables are listed."""
    return content[:100] + b"\xff" * 400 + content[500:]


COMMANDS = [
    ("queue", "list"),
    ("log", "list"),
    ("providers", "list"),
    ("enqueue", "--to", "ann@example.net", "--from", "me@example.org", "--text", "Hi"),
    SEND,
]
DAMAGES = [zeros, text, cut, one_byte, page_size, schema]


def folder(database: Path) -> dict[str, bytes]:
    """Everything beside a database."""
    return {path.name: path.read_bytes() for path in database.parent.iterdir()}


def refused(bench: Bench, database: Path, plan: Plan = Plan()) -> list[Ended]:  # noqa: B008
    """Try every command on a damaged database: all fail in one sentence and change nothing."""
    before = folder(database)
    ends = []
    for command in COMMANDS:
        ended = bench.run(plan, "--database", database, *command)
        assert ended.code == 1, ended
        assert ended.out == "", ended
        assert ended.err.startswith("mailadmin: The file "), ended
        assert str(database) in ended.err
        assert ended.err.count("\n") == 1, ended
        assert "left as it is" in ended.err, ended
        assert folder(database) == before, f"{command} changed it"
        ends.append(ended)
    return ends


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_header(bench: Bench, damage: Callable[[bytes], bytes]) -> None:
    with bench.database() as database:
        database.write_bytes(damage(database.read_bytes()))
        for ended in refused(bench, database):
            assert "backup" in ended.err or "another program" in ended.err, ended


def test_control_a_program_that_starts_anew(bench: Bench) -> None:
    with bench.database() as database:
        database.write_bytes(zeros(database.read_bytes()))
        with pytest.raises(AssertionError):
            refused(bench, database, Plan(broken=("starts_anew",)))
        assert not accounts(database)  # an empty one, where the mail was


def flip(database: Path, number: int) -> None:
    """Change a bit of a stored message in the file, behind SQLite's back.

    One that leaves a letter: no server refuses the message for what it became.
    """
    content = bytearray(database.read_bytes())
    mark = b"Message-ID: <%d@example.org>" % number
    assert content.count(mark) == 1
    content[content.index(mark) + mark.index(b"example") + random.randrange(7)] ^= 1
    database.write_bytes(content)


def make_hash_match(database: Path, message_id: int) -> None:
    """Hide that a message was changed."""
    with closing(apsw.Connection(str(database))) as connection:
        for (content,) in connection.execute(
            "SELECT content FROM message_content WHERE message_id = ?", (message_id,)
        ):
            assert isinstance(content, bytes)
            digest = hashlib.sha256(content).hexdigest()
        connection.execute("UPDATE message SET sha256 = ? WHERE id = ?", (digest, message_id))


def test_a_flipped_bit_in_a_message_holds_it(bench: Bench) -> None:
    """The others are sent; somebody has to look at this one, and asking again doesn't send it."""
    since = bench.server.mark()
    damaged = {"ann1@example.net", "bob1@example.net"}
    with bench.database() as database:
        flip(database, 1)
        for _ in range(2):
            ended = bench.run.well("--database", database, *SEND)
            bench.server.settle()
            found = accounts(database)
            assert {to for to, one in found.items() if one.status == QueueStatus.HELD} == damaged
            taken = copies(bench.server.accepted(since))
            assert set(taken) == set(found) - damaged
            assert set(taken.values()) == {1}
            assert "damaged" in ended.err
            held = [found[to].queue_id for to in damaged]
            bench.run.well("--database", database, "queue", "release", *held)
        with closing(reader(database)) as connection:
            assert (
                len(connection.execute("SELECT * FROM message_content").fetchall())
                == bench.messages
            )


def test_control_a_flipped_bit_with_its_hash(bench: Bench) -> None:
    """If the hash were not compared, the damaged message would go out."""
    since = bench.server.mark()
    with bench.database() as database:
        flip(database, 1)
        make_hash_match(database, 2)
        bench.run.well("--database", database, *SEND)
        bench.server.settle()
        assert len(copies(bench.server.accepted(since))) == 2 * bench.messages
