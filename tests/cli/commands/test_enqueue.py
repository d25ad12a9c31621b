"""`mailadmin enqueue`: accepted whole and durably, or not at all."""

from __future__ import annotations

import email
import email.policy
import os
import subprocess
import sys
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailadmin.message import DEFAULT_SIZE_LIMIT
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, Program

NEW = ("enqueue", "--from", "Ann <ann@example.org>", "--to", "bob@example.org")


def content(store: Store, queue_id: int) -> bytes:
    return store.messages.content(store.queue.get(queue_id).stored_id)


def test_a_file_is_queued_for_each_recipient_byte_for_byte(
    cli: CommandLine, store: Store, eml: Path
) -> None:
    ids = cli("enqueue", eml).ids
    assert [row.email for row in store.queue.rows(ids)] == ["ann@example.org", "bob@example.org"]
    assert {row.stored_id for row in store.queue.rows(ids)} == {1}  # stored once
    assert content(store, ids[0]) == eml.read_bytes()


def test_standard_input_is_queued_byte_for_byte(cli: CommandLine, store: Store, eml: Path) -> None:
    ids = cli("enqueue", "-", stdin=eml.read_bytes()).ids
    assert content(store, ids[0]) == eml.read_bytes()
    assert store.messages.get(1).source == "command line"


def test_a_given_envelope_replaces_that_of_the_header(
    cli: CommandLine, store: Store, eml: Path
) -> None:
    ids = cli(
        "enqueue", eml, "--to", "Cy <cy@example.org>, di@example.org", "--from", "e@f.org"
    ).ids
    assert [row.email for row in store.queue.rows(ids)] == ["cy@example.org", "di@example.org"]
    assert store.messages.get(1).envelope_from == "e@f.org"
    assert content(store, ids[0]) == eml.read_bytes()
    cli("enqueue", eml, "--from", "")
    assert store.messages.get(2).envelope_from == ""


def test_one_bad_file_keeps_all_files_out_of_the_queue(
    cli: CommandLine, store: Store, eml: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.eml"
    bad.write_bytes(b"Subject: to nobody\r\n\r\nText\r\n")
    result = cli("enqueue", eml, bad)
    assert str(bad) in result.reason
    assert "no recipient" in result.reason
    assert result.out == ""
    assert store.queue.count() == 0
    assert "does not exist" in cli("enqueue", tmp_path / "absent.eml").reason
    assert len(cli("enqueue", eml, eml).ids) == 4


def test_skip_known_queues_a_file_once_however_often_it_is_given(
    cli: CommandLine, store: Store, eml: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.eml"
    other.write_bytes(eml.read_bytes() + b"more\r\n")
    assert cli("enqueue", "--skip-known", eml).ids == [1, 2]
    again = cli("enqueue", "--skip-known", eml, other)
    assert again.ids == [3, 4]
    assert "2 emails were queued or sent before from the same file, and left out." in again.err
    assert cli("enqueue", "--skip-known", eml, other).ids == []
    assert cli("enqueue", eml).ids == [5, 6]  # as it is meant without the option


@pytest.mark.parametrize(
    "raw", [b"", b"\0binary", b"To: ann@example.org\rBcc: eve@example.org\n\nText\n"]
)
def test_standard_input_that_holds_no_email_is_refused(
    cli: CommandLine, store: Store, raw: bytes
) -> None:
    assert cli("enqueue", "-", stdin=raw).reason.startswith("standard input")
    assert store.queue.count() == 0


def test_endless_input_is_refused_in_bounded_memory(program: Program, store: Store) -> None:
    process = subprocess.Popen(
        program.command("enqueue", "-"), stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stderr is not None
    raw = b"To: ann@example.org\n\n" + b"x" * 64 * 1024 * 1024
    with pytest.raises(BrokenPipeError):  # it does not read all of it
        process.stdin.write(raw)
    with suppress(BrokenPipeError):
        process.stdin.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 1
    assert b"larger than" in errors
    assert store.queue.count() == 0


def test_a_message_is_written_from_the_options(
    cli: CommandLine, store: Store, tmp_path: Path
) -> None:
    report = tmp_path / "report.pdf"
    report.write_bytes(bytes(range(256)))
    ids = cli(
        *(*NEW, "--cc", "cy@example.org", "--bcc", "di@example.org", "--subject", "Grüße"),
        *("--text", "-", "--html", "<p>Hi</p>", "--attach", report),
        stdin="Hällo\n".encode(),
    ).ids
    assert [row.email for row in store.queue.rows(ids)] == [
        *("bob@example.org", "cy@example.org", "di@example.org")
    ]
    raw = content(store, ids[0])
    assert b"di@example.org" not in raw
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["From"] == "Ann <ann@example.org>"
    assert message["Subject"] == "Grüße"
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "report.pdf"
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_content() == report.read_bytes()
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["Hällo"]


def test_times_and_priority_of_a_message_are_stored(
    cli: CommandLine, store: Store, eml: Path
) -> None:
    began = datetime.now(UTC)
    ids = cli("enqueue", eml, "--not-before", "2h", "--expires", "1d12h", "--priority", "3").ids
    execute = store.queue._database.peewee.execute_sql
    priority, expires = execute("SELECT priority, expires_at FROM queue WHERE id = 1").fetchone()
    assert (ids[0], priority) == (1, 3)
    due = store.queue.get(ids[0]).next_attempt_date
    assert due is not None
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    assert 2 * hour - minute < due - began < 2 * hour + minute
    assert 36 * hour - minute < datetime.fromisoformat(expires) - began < 36 * hour + minute


def test_the_first_provider_names_the_sender(cli: CommandLine, store: Store) -> None:
    new = ("enqueue", "--to", "bob@example.org", "--text", "Hi")
    assert "give --from" in cli(*new).reason
    cli(
        *("providers", "add", "--host", "smtp.example.org", "--send-from", "ann@example.org"),
        *("--send-from-name", "Ann"),
    )
    assert b"From: Ann <ann@example.org>" in content(store, cli(*new).ids[0])


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--to", "nobody"),
        ("--cc", "bob@example.org\nBcc: eve@example.org"),
        ("--subject", "Hi\r\nBcc: eve@example.org"),
        ("--from", "a@example.org, b@example.org"),
        ("--attach", "/does/not/exist"),
    ],
)
def test_a_bad_option_is_named(cli: CommandLine, store: Store, option: str, value: str) -> None:
    assert cli(*NEW, "--text", "Hi", option, value).reason.startswith(option)
    assert store.queue.count() == 0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--expires", "2020-01-01T00:00"], "is over"),
        (["--expires", "2h", "--not-before", "3h"], "before it may be sent"),
        (["--expires", "2h", "--not-before", "2h"], "before it may be sent"),
        (["--priority", "9999999"], "from 0 to"),
    ],
    ids=str,
)
def test_times_that_contradict_each_other_are_refused(
    cli: CommandLine, store: Store, eml: Path, options: list[str], why: str
) -> None:
    result = cli("enqueue", eml, *options)
    assert result.reason.startswith(options[0])
    assert why in result.reason
    assert store.queue.count() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="files of POSIX")
def test_pipes_devices_and_folders_are_not_attached(
    program: Program, store: Store, tmp_path: Path
) -> None:
    """A pipe nobody writes to would be waited for without end."""
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    for what, why in ((fifo, "not a file"), ("/dev/zero", "not a file"), (tmp_path, "a folder")):
        assert why in program(*NEW, "--text", "Hi", "--attach", what).reason
    assert store.queue.count() == 0


def test_attachments_that_are_too_large_together_are_not_read(
    cli: CommandLine, store: Store, tmp_path: Path
) -> None:
    """Each alone would do; they hold nothing on the disk, and would in memory."""
    files: list[str] = []
    for number in range(100):
        file = tmp_path / f"{number}.bin"
        with file.open("wb") as stream:
            stream.truncate(DEFAULT_SIZE_LIMIT * 2 // 3)
        files += ["--attach", str(file)]
    tracemalloc.start()
    try:
        result = cli(*NEW, *files)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert result.reason.startswith(f"--attach {tmp_path / '1.bin'}: with it")
    assert store.queue.count() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break differently")
def test_queued_mail_is_a_success_although_nobody_reads_the_ids(
    program: Program, store: Store, eml: Path
) -> None:
    """Any other exit code would make a script hand the message in again."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        program.command("enqueue", eml), stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
    assert store.queue.count() == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
def test_queued_mail_is_a_success_although_the_ids_can_not_be_written(
    program: Program, store: Store, eml: Path
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            program.command("enqueue", eml), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 0
    assert store.queue.count() == 2


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_without_permission_is_named(program: Program, eml: Path) -> None:
    program.database.parent.mkdir(mode=0o500)
    assert "permissions" in program("enqueue", eml).reason


def test_each_sample_message_is_queued_or_refused_with_a_reason(
    cli: CommandLine, store: Store, shared_mail: Path
) -> None:
    """Mail that nobody here wrote, each as a file of its own."""
    taken = 0
    for path in sorted(shared_mail.rglob("*.eml")):
        before = store.queue.count()
        result = cli("enqueue", path)
        if result.code == 0:
            taken += 1
            assert store.queue.count() == before + len(result.ids)
        else:
            assert str(path) in result.reason
            assert store.queue.count() == before
    assert taken > 10
