"""The folders of the program's files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mailadmin.place.paths import AppPaths, find_resources, program_folder


def test_the_source_tree_has_its_resources() -> None:
    assert (find_resources() / "icons" / "mailadmin.svg").is_file()


def test_the_resources_of_a_bundle_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "resources" / "icons").mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert find_resources() == tmp_path / "resources"


def test_the_resources_of_a_wheel_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "mailadmin"
    (package / "_resources" / "icons").mkdir(parents=True)
    monkeypatch.setattr("mailadmin.place.paths.__file__", str(package / "place" / "paths.py"))
    assert find_resources() == package / "_resources"


def test_an_installation_without_resources_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mailadmin.place.paths.__file__", str(tmp_path / "mailadmin" / "place" / "paths.py")
    )
    with pytest.raises(FileNotFoundError, match="install it again"):
        find_resources()


def test_the_default_folders_are_those_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{variable}_HOME", str(tmp_path / variable.lower()))
    paths = AppPaths.default()
    if sys.platform == "linux":
        assert paths.data_dir == tmp_path / "data" / "mailadmin"
        assert paths.config_dir == tmp_path / "config" / "mailadmin"
    assert paths.database == paths.data_dir / "mailadmin.db"
    assert not paths.data_dir.exists()  # the code that writes there makes it


def test_all_folders_can_be_within_one_folder(tmp_path: Path) -> None:
    paths = AppPaths.below(tmp_path)
    for folder in (paths.data_dir, paths.config_dir, paths.cache_dir, paths.log_dir):
        assert folder.is_relative_to(tmp_path)
    assert paths.icons_dir == find_resources() / "icons"


@pytest.mark.parametrize(
    ("executable", "folder"),
    [
        ("stick/mailadmin/mailadmin", "stick/mailadmin"),
        ("stick/Mail Admin.app/Contents/MacOS/mailadmin", "stick"),
    ],
)
def test_a_portable_program_keeps_its_files_beside_itself(
    executable: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / executable))
    paths = AppPaths.of(portable=True)
    assert paths == AppPaths.below(tmp_path / folder / "mailadmin-data")
    assert paths.database == tmp_path / folder / "mailadmin-data" / "data" / "mailadmin.db"
    assert AppPaths.of(portable=False) == AppPaths.default()


def test_the_program_folder_of_a_source_tree_is_its_top() -> None:
    assert program_folder() == find_resources().parent


def test_the_paths_do_not_import_qt() -> None:
    program = "import sys, mailadmin.place.paths; print('PySide6' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "False"
