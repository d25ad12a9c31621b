"""The disk is full, or fails: while mail comes in, and when a result is to be recorded.

Coming in it is refused with a clear error, or taken: never half, never in silence. When sent, a
result that can't be recorded is kept, nothing more is sent meanwhile, and all goes on by itself.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mailadmin.domain.log import LogStatus
from mailadmin.domain.queue import QueueStatus
from tests.faults.accounts import accounts, copies, faults_at_rest
from tests.faults.commands import child_command
from tests.faults.events import Plan
from tests.faults.mounts import SmallDisk, small_disk
from tests.faults.quick import Quick
from tests.faults.striking import (
    PER_MESSAGE,
    SEND,
    Bench,
    events,
    recipients,
    strike_all,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and mounts")

IMPATIENT = (
    ("poll", 0.05),
    ("storage_pause", 0.02),
    ("storage_patience", 0.1),
    ("stop_grace", 0.1),
)
IN_FLIGHT = 8
"""More than this is not sent at a time here."""

SAID = {
    "full": "There is no space left for the database",
    "write": "Reading or writing the database",
    "sync": "The disk did not confirm that a change of the database",
}
"""What is wrong with the disk, and what is said about it."""


def failing(how: str, marker: Path, **when: object) -> Plan:
    """The disk fails in some way, from some event on, as long as `marker` exists."""
    broken_disk = "" if how == "full" else how
    plan = Plan(full=str(marker), full_at=str(marker), broken_disk=broken_disk)
    return replace(plan, **when)  # type: ignore[arg-type]


@contextmanager
def sending(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A sender whose words can be read."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], text: str) -> None:
    """Wait until the sender says something."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if text in line:
            return
    raise AssertionError(f"“{text}” was not said: {said}")


@pytest.mark.parametrize("how", SAID)
def test_from_any_moment_on_mail_is_refused_or_taken(takers: list[Bench], how: str) -> None:
    everything = PER_MESSAGE * len(takers[0].files)

    def strike(bench: Bench, plan: Plan) -> bool:
        with bench.database() as database:
            marker = database.parent / "full"
            plan = failing(how, marker, at=plan.at)
            ended = bench.run(plan, "--database", database, "enqueue", *bench.files)
            found = accounts(database)
            told = f"{plan}: {ended} {found}"
            assert ended.code in {0, 1}, told
            if ended.code == 0:
                assert set(ended.ids) == {account.queue_id for account in found.values()}, told
            else:
                assert ended.out == "", told
                assert ended.err.startswith(f"mailadmin: {SAID[how]}"), told
                assert ended.err.count("\n") == 1, told
                assert not found, told
                bench.run.well("--database", database, "enqueue", *bench.files)
            assert len(accounts(database)) == everything, told
            return ended.code == 1

    numbers = range(1, len(events(takers[0], "enqueue", *takers[0].files)) + 1)
    refused = strike_all(takers, [Plan(at=number) for number in numbers], strike)
    assert refused >= 5


def test_results_wait_for_space(crowded: Bench) -> None:
    """The disk is full when the first reply comes: it is recorded once there is space."""
    since = crowded.server.mark()
    with crowded.database() as database:
        marker = database.parent / "full"
        plan = failing(
            "full",
            marker,
            word="2.0.0 taken",
            moment="after",
            options=(("storage_pause", 0.1),),
        )
        with sending(child_command(plan, "--database", database, *SEND)) as process:
            read_until(process, SAID["full"])
            crowded.run.well("--database", database, "queue", "list")  # it has time to go on
            assert 1 <= len(crowded.server.accepted(since)) <= IN_FLIGHT
            marker.unlink()
            _, rest = process.communicate(timeout=60)
        assert process.returncode == 0, rest
        all_sent_once(crowded, database, since)


def all_sent_once(crowded: Bench, database: Path, since: int) -> None:
    """Nothing was lost, doubled, or is in doubt."""
    crowded.server.settle()
    taken, found = copies(crowded.server.accepted(since)), accounts(database)
    expected = recipients(crowded.messages)
    assert not list(faults_at_rest(found, taken, expected))
    assert set(taken) == expected
    assert set(taken.values()) == {1}
    assert {account.logged for account in found.values()} == {LogStatus.SUCCESS}
    assert not any(account.flagged for account in found.values())


@pytest.mark.parametrize("how", SAID)
@pytest.mark.parametrize("word", ["354 go on", "2.0.0 taken"])
def test_a_sender_that_gives_up_on_a_full_disk_loses_no_outcome(
    crowded: Bench, how: str, word: str
) -> None:
    """It says so and ends. Before the dot nothing was sent; after it mail is in doubt, not lost."""
    since = crowded.server.mark()
    with crowded.database() as database:
        marker = database.parent / "full"
        plan = failing(how, marker, word=word, moment="after", options=IMPATIENT)
        ended = crowded.run(plan, "--database", database, *SEND)
        crowded.server.settle()
        assert ended.code == 1, ended
        assert SAID[how] in ended.err, ended
        taken = copies(crowded.server.accepted(since))
        assert len(taken) <= (0 if word == "354 go on" else IN_FLIGHT), taken
        crowded.run.well("--database", database, *SEND)
        crowded.server.settle()
        found = accounts(database)
        again = copies(crowded.server.accepted(since))
        assert not list(faults_at_rest(found, again, recipients(crowded.messages)))
        assert set(again.values()) == {1}
        doubtful = {to for to, one in found.items() if one.status == QueueStatus.UNCERTAIN}
        if how == "full" and taken:
            assert doubtful


@pytest.mark.parametrize("how", ["write", "sync"])
@pytest.mark.parametrize("word", ["354 go on", "2.0.0 taken"])
def test_a_disk_that_failed_for_a_while(crowded: Bench, how: str, word: str) -> None:
    """Whether the sender then goes on or leaves that to the next: nothing is lost or doubled."""
    since = crowded.server.mark()
    with crowded.database() as database:
        marker = database.parent / "full"
        plan = failing(how, marker, word=word, moment="after", options=IMPATIENT)
        with sending(child_command(plan, "--database", database, *SEND)) as process:
            read_until(process, SAID[how])
            marker.unlink()
            _, rest = process.communicate(timeout=60)
        assert process.returncode in {0, 1}, rest
        crowded.run.well("--database", database, *SEND)
        crowded.server.settle()
        taken = copies(crowded.server.accepted(since))
        assert not list(faults_at_rest(accounts(database), taken, recipients(crowded.messages)))
        assert set(taken.values()) == {1}
        crowded.run.well("--database", database, "check")


def test_control_a_sender_that_forgets_the_point_of_no_return(crowded: Bench) -> None:
    """It would send again what the server took while the disk was full."""
    since = crowded.server.mark()
    with crowded.database() as database:
        marker = database.parent / "full"
        broken = ("no_point_of_no_return",)
        plan = failing(
            "full", marker, word="2.0.0 taken", moment="after", options=IMPATIENT, broken=broken
        )
        crowded.run(plan, "--database", database, *SEND)
        crowded.run.well("--database", database, *SEND)
        crowded.server.settle()
        assert 2 in copies(crowded.server.accepted(since)).values()


@pytest.fixture(params=["2m"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of two megabytes, or of another size."""
    with small_disk(tmp_path, request.param) as disk:
        yield disk


def program(disk: SmallDisk, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the program where the disk is."""
    command = [*disk.prefix, *Quick().command(*arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_real_disk_runs_full_of_mail(disk: SmallDisk, tmp_path: Path) -> None:
    letter = tmp_path / "big.eml"
    letter.write_bytes(b"To: ann@example.net\r\nSubject: Big\r\n\r\n" + b"x" * 300_000 + b"\r\n")
    database = disk.inside / "mail.db"
    for taken in range(20):
        done = program(disk, "--database", database, "enqueue", letter)
        if done.returncode:
            break
        assert done.stdout == f"{taken + 1}\n"
    assert 1 <= taken < 10
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert done.stderr.startswith(f"mailadmin: {SAID['full']} {database}"), done
    listed = program(disk, "--database", database, "queue", "list", "--json")
    assert listed.stdout.count("ann@example.net") == taken


@pytest.mark.parametrize("disk", ["10m"], indirect=True)  # the log alone may have 4 MB
def test_a_real_disk_is_full_when_the_reply_comes(
    disk: SmallDisk, crowded: Bench, tmp_path: Path
) -> None:
    since = crowded.server.mark()
    database = disk.outside / "mail.db"
    database.write_bytes(crowded.template.read_bytes())
    quick = Quick(options={"storage_pause": 0.1})
    command = quick.command("--database", disk.inside / "mail.db", *SEND)
    with sending([*disk.prefix, *command]) as process:
        with crowded.server.holding():
            crowded.server.wait_accepted(1, since)
            disk.fill()
        read_until(process, SAID["full"])
        listed = program(disk, "--database", disk.inside / "mail.db", "queue", "list")
        assert listed.returncode == 0, listed
        assert len(crowded.server.accepted(since)) <= IN_FLIGHT
        disk.free()
        _, rest = process.communicate(timeout=60)
    assert process.returncode == 0, rest
    shutil.copytree(disk.outside, tmp_path / "copy")
    all_sent_once(crowded, tmp_path / "copy" / "mail.db", since)
