"""The build of the Windows installer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mailadmin import __version__
from resources.bundle.app_icon import ico
from resources.windows.make_installer import make, numbers, package_version, removal
from tests.packaging.windows import need_makensis

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "_internal" / "deep").mkdir(parents=True)
    for name in ("Mail Admin.exe", "mailadmin.exe", "_internal/deep/$money.dll"):
        (folder / name).write_bytes(b"MZ" + bytes(2000))
    return folder


@pytest.fixture
def icon(tmp_path: Path) -> Path:
    path = tmp_path / "mailadmin.ico"
    path.write_bytes(ico())
    return path


def test_the_installer_compiles_without_warnings_and_asks_for_no_rights(
    bundle: Path, icon: Path, tmp_path: Path
) -> None:
    need_makensis()
    installer = make(bundle, icon, tmp_path, "1.2.0rc1")
    assert installer.name == "Mail-Admin-1.2.0rc1-Setup.exe"
    content = installer.read_bytes()
    assert b'<requestedExecutionLevel level="asInvoker"' in content
    assert b"requireAdministrator" not in content
    assert b"highestAvailable" not in content
    for text in ("1.2.0rc1", "Mail Admin Setup", "Mail Admin contributors"):  # file properties
        assert text.encode("utf-16-le") in content


@pytest.mark.skipif(sys.platform == "win32", reason="signs with a shell script")
def test_the_uninstaller_is_signed_before_the_installer(
    bundle: Path, icon: Path, tmp_path: Path
) -> None:
    need_makensis()
    signed = tmp_path / "signed"
    sign = tmp_path / "sign"
    sign.write_text(f'#!/bin/sh\nhead -c 2 "$1" >>"{signed}" && echo " $1" >>"{signed}"\n')
    sign.chmod(0o755)
    installer = make(bundle, icon, tmp_path, "1.2.0", sign=str(sign))
    first, last = signed.read_text().splitlines()
    assert first.startswith("MZ ")
    assert last == f"MZ {installer}"


def test_a_failing_signature_fails_the_build(bundle: Path, icon: Path, tmp_path: Path) -> None:
    need_makensis()
    with pytest.raises(subprocess.CalledProcessError):
        make(bundle, icon, tmp_path, "1.2.0", sign="false")


def test_a_folder_that_is_no_windows_bundle_is_refused(
    bundle: Path, icon: Path, tmp_path: Path
) -> None:
    (bundle / "Mail Admin.exe").unlink()
    with pytest.raises(FileNotFoundError, match=r"Mail Admin\.exe"):
        make(bundle, icon, tmp_path, "1.2.0")


def test_the_uninstaller_removes_listed_files_and_empty_folders(bundle: Path) -> None:
    assert removal(bundle).splitlines() == [
        "!macro RemoveFiles",
        r'    Delete "$INSTDIR\Mail Admin.exe"',
        r'    Delete "$INSTDIR\_internal\deep\$$money.dll"',
        r'    Delete "$INSTDIR\mailadmin.exe"',
        "!macroend",
        "!macro RemoveFolders",
        r'    RMDir "$INSTDIR\_internal\deep"',
        r'    RMDir "$INSTDIR\_internal"',
        "!macroend",
    ]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2.0", "1.2.0.0"),
        ("1.2.0rc1", "1.2.0.0"),
        ("2.10", "2.10.0.0"),
        ("1.2.3.dev4", "1.2.3.0"),
    ],
)
def test_the_version_resource_has_four_numbers(version: str, expected: str) -> None:
    assert numbers(version) == expected


def test_the_installer_has_the_version_of_the_program() -> None:
    assert package_version() == __version__
    with pytest.raises(ValueError, match="not a version"):
        numbers("unknown")
