"""Small files appear complete or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mailadmin.export.whole_file import take_over_mode, write_whole


def test_a_file_replaces_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("of yesterday")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights")
def test_a_link_stays_a_link_and_a_new_target_has_the_permissions_of_the_umask(
    tmp_path: Path,
) -> None:
    link, real = tmp_path / "link", tmp_path / "real"
    link.symlink_to(real)
    before = os.umask(0o027)
    try:
        write_whole(link, b"new")
    finally:
        os.umask(before)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_failed_write_leaves_the_earlier_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_text("of yesterday")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_text() == "of yesterday"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no such device")
def test_a_device_is_written_directly() -> None:
    write_whole(Path("/dev/null"), b"new")
    assert not Path("/dev/null").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444])
def test_a_replaced_file_keeps_its_permissions_at_all_times(
    mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The incomplete file has them before it has any content."""
    modes = []

    def look(part: Path, replaced: Path) -> None:
        modes.append(part.stat().st_mode & 0o777)
        take_over_mode(part, replaced)
        modes.append(part.stat().st_mode & 0o777)
        assert part.read_bytes() == b""

    monkeypatch.setattr("mailadmin.export.whole_file.take_over_mode", look)
    path = tmp_path / "file"
    path.write_text("of yesterday")
    path.chmod(mode)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == mode
    assert modes == [0o600, mode]


def test_a_file_may_have_the_longest_possible_name(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 125 + ".json")
    write_whole(path, b"new")
    write_whole(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [path]
