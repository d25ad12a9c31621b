"""Mail that is written into a folder: a full disk, a folder that is gone, a crash after the file.

None of it is the mail's fault, and none of it leaves a file twice or an email in doubt.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mailadmin.domain.log import LogStatus
from mailadmin.drivers.folder import FolderDriver
from tests.faults.mounts import SmallDisk, small_disk
from tests.faults.product import ANN, BOB, SENDER, Product

_CRASHES = """
import os, sys
from mailadmin.drivers.folder import FolderDriver, FolderSession
write = FolderSession._write
def crashing(session, delivery):
    write(session, delivery)
    os._exit(9)
FolderSession._write = crashing
from mailadmin.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def through(product: Product, folder: Path) -> None:
    """Add a provider that writes into the folder."""
    product.do(
        *("providers", "add", "--driver", "folder", "--folder", str(folder)),
        *("--caption", "Spool", "--send-from", SENDER),
    )


def mails(folder: Path) -> dict[str, bytes]:
    """What is in the folder: file name → the message without its envelope."""
    return {
        path.name: path.read_bytes().split(b"\r\n", 2)[2] for path in sorted(folder.glob("*.eml"))
    }


def is_back_with_the_provider_paused(product: Product, reason: str) -> None:
    """The mail waits with no attempt used, and the provider says what is wrong, once."""
    row = product.row()
    assert (row.status, row.attempts) == ("QUEUED", 0)
    assert reason in row.reason
    pause = product.store.providers.get(1).pause
    assert pause is not None
    assert reason in pause.reason
    result = product.send()
    assert result.code == 1
    assert reason in result.err
    assert len(product.tries()) == 1  # nothing is tried while it is paused


def is_sent_after(product: Product, folder: Path) -> None:
    """Once that is mended and the provider resumed the mail is there, whole and once."""
    product.do("providers", "resume", "1")
    assert product.send().code == 0
    assert product.queue() == []
    assert list(mails(folder).values()) == product.sent
    assert not list(folder.glob(".mailadmin*"))


def test_a_full_disk_pauses_the_folder_and_keeps_the_mail(product: Product, tmp_path: Path) -> None:
    with small_disk(tmp_path, "1m") as disk:
        folder = disk.outside / "spool"
        folder.mkdir()
        through(product, folder)
        product.accept(size=100_000)
        disk.fill()
        assert product.send().code == 1
        assert mails(folder) == {}
        is_back_with_the_provider_paused(product, "There is not enough space in the folder")
        disk.free()
        is_sent_after(product, folder)


def read_only(disk: SmallDisk, how: str) -> None:
    command = ["mount", "-o", f"remount,{how}", "none", str(disk.inside)]
    subprocess.run([*disk.prefix, *command], check=True, capture_output=True, timeout=60)


def test_a_disk_that_can_not_be_written_to(product: Product, tmp_path: Path) -> None:
    with small_disk(tmp_path, "1m") as disk:
        through(product, disk.outside)
        product.accept()
        read_only(disk, "ro")
        assert product.send().code == 1
        is_back_with_the_provider_paused(product, "can't be used: Read-only file system")
        read_only(disk, "rw")
        is_sent_after(product, disk.outside)


def test_a_folder_that_goes_away_while_sending(product: Product, tmp_path: Path) -> None:
    folder, away = tmp_path / "spool", tmp_path / "away"
    folder.mkdir()
    through(product, folder)
    product.accept()
    assert product.send().code == 0
    folder.rename(away)
    product.accept(BOB)
    assert product.send().code == 1
    row = product.row()
    assert (row.email, row.status, row.attempts) == (BOB, "QUEUED", 0)
    assert "does not exist. Make it, or choose another." in row.reason
    away.rename(folder)
    is_sent_after(product, folder)


def test_a_file_in_place_of_the_folder_pauses_it_and_keeps_the_mail(
    product: Product, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    folder.touch()
    through(product, folder)
    product.accept()
    assert product.send().code == 1
    is_back_with_the_provider_paused(product, "is not a folder. Choose another.")


def crash_after_the_file(product: Product) -> None:
    command = [sys.executable, "-c", _CRASHES, "--database", str(product.database)]
    done = subprocess.run(
        [*command, "send", "--until-empty"], capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 9, done.stderr


def test_after_a_crash_between_the_file_and_its_record_nothing_is_in_doubt(
    product: Product, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    through(product, folder)
    product.accept(ANN, BOB)
    crash_after_the_file(product)
    written = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert written
    assert "IN PROGRESS" in {row.status for row in product.queue()}
    assert product.send().code == 0
    assert product.queue() == []
    assert set(product.log().values()) == {LogStatus.SUCCESS}
    assert len(mails(folder)) == 2
    assert {path: path.stat().st_mtime_ns for path in written} == written
    first, second = product.tries()
    assert (first.outcome, second.outcome) == ("deferred", "accepted")
    assert not second.possible_duplicate


def test_repeated_mail_stays_with_the_folder(product: Product, tmp_path: Path) -> None:
    """It may lie there already: nobody else may send it, whatever becomes of the provider."""
    folder = tmp_path / "spool"
    folder.mkdir()
    through(product, folder)
    product.accept()
    crash_after_the_file(product)
    other = tmp_path / "other"
    other.mkdir()
    through(product, other)
    product.do("providers", "disable", "1")
    product.send()
    assert mails(other) == {}
    assert product.row().status == "QUEUED"
    product.do("providers", "enable", "1")
    assert product.send().code == 0
    assert len(mails(folder)) == 1


def test_control_without_repeating_it_would_be_in_doubt(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    through(product, folder)
    product.accept()
    crash_after_the_file(product)
    monkeypatch.setattr(FolderDriver, "repeatable", False)
    product.send()
    assert product.row().status == "UNCERTAIN"
