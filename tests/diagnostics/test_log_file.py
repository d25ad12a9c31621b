"""The log file is private, small and shared by processes, and never fails the program."""

from __future__ import annotations

import errno
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailadmin.credentials import Secret
from mailadmin.diagnostics.log_file import LogFile
from mailadmin.diagnostics.redaction import Redaction

if sys.platform != "win32":
    import fcntl

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and renaming of POSIX")
_LINE = 100  # bytes, more or less


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "log" / "mailadmin.log"


@pytest.fixture
def troubles() -> list[OSError]:
    return []


@pytest.fixture
def file(path: Path, troubles: list[OSError]) -> Iterator[LogFile]:
    made = LogFile(path, Redaction(str(path.parents[2])), troubles.append, size=20 * _LINE)
    yield made
    made.close()


def write(file: LogFile, text: str, *values: object) -> None:
    file.handle(logging.makeLogRecord({"msg": text, "args": values, "levelname": "INFO"}))


def written(path: Path) -> str:
    """Return the content of all log files, oldest first."""
    kept = sorted(path.parent.glob("*"), reverse=True)
    kept.sort(key=lambda each: each == path)
    return "".join(each.read_text("utf-8") for each in kept)


@on_posix
def test_only_the_owner_may_read_the_log(file: LogFile, path: Path) -> None:
    before = os.umask(0)
    try:
        write(file, "hello")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@on_posix
def test_a_log_that_others_may_read_is_closed_to_them(file: LogFile, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o755)
    path.touch(0o644)
    path.chmod(0o644)
    write(file, "hello")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_record_is_redacted_and_can_forge_no_other(file: LogFile, path: Path) -> None:
    secret = Secret("hunter2")
    write(
        file, "to %s with %s: %s", "ann@example.org", secret, "550 no\r\n2026-01-01 INFO fine\x1b"
    )
    text = path.read_text("utf-8")
    assert "ann@example.org" not in text
    assert "hunter2" not in text
    first, second = text.splitlines()
    assert first.endswith(f"INFO to ***@*** with {secret}: 550 no")
    assert second == "    2026-01-01 INFO fine\N{REPLACEMENT CHARACTER}"


def test_a_file_name_that_is_not_utf_8_is_written(
    file: LogFile, path: Path, troubles: list[OSError]
) -> None:
    write(file, "file %s", "caf\udce9.eml")
    assert "caf" in path.read_text("utf-8")
    assert not troubles


def test_the_log_stays_small_and_keeps_the_latest_records(file: LogFile, path: Path) -> None:
    for number in range(1000):
        write(file, "%s", f"record {number:05} " + "x" * 40)
    kept = sorted(path.parent.iterdir())
    assert [each.name for each in kept] == [path.name, *(f"{path.name}.{n}" for n in range(1, 5))]
    assert all(each.stat().st_size <= 20 * _LINE for each in kept)
    numbers = [int(line.split("record ")[1][:5]) for line in written(path).splitlines()]
    assert numbers == list(range(numbers[0], 1000))
    assert len(numbers) > 50


_WRITER = """
import logging, sys
from pathlib import Path
from mailadmin.diagnostics.log_file import LogFile
def complain(error): raise SystemExit(repr(error))
file = LogFile(Path(sys.argv[1]), lambda text: text, complain, size=200_000, files=50)
for number in range(1500):
    file.handle(logging.makeLogRecord({"msg": f"{sys.argv[2]} {number:06} " + "x" * 300}))
"""


@on_posix
def test_processes_that_share_a_log_lose_and_mix_no_line(path: Path) -> None:
    """The files are rotated several times meanwhile."""
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, path, name], stderr=subprocess.PIPE)
        for name in ("anna", "bert", "carl")
    ]
    for writer in writers:
        _, complaints = writer.communicate(timeout=60)
        assert (writer.returncode, complaints) == (0, b"")
    assert len(list(path.parent.iterdir())) > 4
    lines = written(path).splitlines()
    found = {
        name: [line for line in lines if f" {name} " in line] for name in ("anna", "bert", "carl")
    }
    assert all(line.endswith(" " + "x" * 300) for line in lines)
    assert {name: len(set(theirs)) for name, theirs in found.items()} == dict.fromkeys(found, 1500)


@on_posix
def test_two_processes_that_find_the_log_full_rotate_it_once(
    file: LogFile, path: Path, troubles: list[OSError], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = LogFile(path, str, troubles.append, size=20 * _LINE)
    write(file, "%s", "x" * 19 * _LINE)
    real = fcntl.flock

    def flock(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        write(other, "%s", "y" * 5 * _LINE)  # the other process is quicker
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    write(file, "%s", "z" * 5 * _LINE)
    other.close()
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, f"{path.name}.1"]
    assert [line[-1] for line in path.read_text("utf-8").splitlines()] == ["y", "z"]


@on_posix
def test_a_log_file_that_was_removed_is_made_again(file: LogFile, path: Path) -> None:
    write(file, "one")
    path.unlink()
    write(file, "two")
    assert path.read_text("utf-8").endswith("two\n")


def test_a_log_folder_that_can_not_be_made_is_reported_once(
    file: LogFile, path: Path, troubles: list[OSError]
) -> None:
    path.parents[1].touch()
    write(file, "one")
    write(file, "two")
    assert len(troubles) == 1
    assert troubles[0].errno in {errno.ENOTDIR, errno.EEXIST}
    path.parents[1].unlink()
    write(file, "three")  # the obstacle was removed
    assert path.read_text("utf-8").endswith("three\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk in a file")
def test_a_full_disk_is_reported_once(file: LogFile, path: Path, troubles: list[OSError]) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/full")
    mode = Path("/dev/full").stat().st_mode
    write(file, "one")
    assert Path("/dev/full").stat().st_mode == mode  # a device's mode stays
    write(file, "two")
    assert [trouble.errno for trouble in troubles] == [errno.ENOSPC]
    path.unlink()
    write(file, "three")
    assert path.read_text("utf-8").endswith("three\n")


def test_a_record_with_wrong_arguments_does_not_fail_the_program(
    file: LogFile, troubles: list[OSError]
) -> None:
    write(file, "%d", "no number")
    assert len(troubles) == 1
