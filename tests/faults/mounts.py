"""A small disk of one's own: a tmpfs in a mount namespace, gone with the process that holds it.

with small_disk(folder, "2m") as disk:
    subprocess.run([*disk.prefix, "df", str(disk.inside)])
    (disk.outside / "filler").write_bytes(…)
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_UNSHARE = ("unshare", "--mount", "--propagation", "private")
_AS_USER = ("--user", "--map-root-user")
_MOUNT = 'mount -t tmpfs -o "size=$1" none "$2" && echo ready && exec cat'


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A mounted disk that only some processes see."""

    prefix: tuple[str, ...]  # before the words of a command that shall see it
    inside: Path  # where they see it
    outside: Path  # where every process of this user reaches it

    def fill(self) -> None:
        """Leave not a byte."""
        with (self.outside / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass  # it is full

    def free(self) -> None:
        """Take back what `fill` took."""
        (self.outside / "filler").unlink()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    """Mount one on a new folder; skipped where this user may not, but never in CI."""
    inside = folder / "disk"
    inside.mkdir()
    how = _permitted()
    with subprocess.Popen(
        [*_UNSHARE, *how, "sh", "-c", _MOUNT, "sh", size, str(inside)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == b"ready\n"
            enter = ["nsenter", f"--target={holder.pid}", "--mount", "--root", "--wd"]
            if how:
                enter += ["--user", "--preserve-credentials"]
            outside = Path(f"/proc/{holder.pid}/root{inside}")
            yield SmallDisk((*enter, "--"), inside, outside)
        finally:
            holder.stdin.close()
            holder.wait(60)


def _permitted() -> tuple[str, ...]:
    """The options with which this user may have a mount namespace."""
    why = "unshare and nsenter are missing"
    if shutil.which("unshare") and shutil.which("nsenter"):
        for how in ((), _AS_USER):
            probe = [*_UNSHARE, *how, "sh", "-c", "mount -t tmpfs none /mnt"]
            tried = subprocess.run(probe, capture_output=True, text=True, check=False)
            if tried.returncode == 0:
                return how
            why = tried.stderr.strip()
    if os.environ.get("CI"):
        pytest.fail(f"CI must run the tests with a small disk: {why}")
    pytest.skip(why)
