"""The checks during the build of a bundle."""

from __future__ import annotations

import json
import shutil
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from resources.bundle import search_paths
from resources.bundle.build_info import BuildInfo, current
from resources.bundle.keyring_check import complaints
from resources.bundle.licenses import (
    NoLicense,
    leave_out_system_libraries,
    license_of,
    license_texts,
    write_licenses,
)
from resources.bundle.parts import Part, UnknownOrigin, shipped_parts
from resources.bundle.permissions import offences, set_permissions
from resources.bundle.sbom import bill_of_materials, problem_of

BUILD = BuildInfo("0.1.0", "abc1234", 1_795_600_000)
INDEX = [
    {"kind": "own", "name": "Mail Admin", "version": "", "license": "MIT"},
    {
        "kind": "python",
        "name": "PySide6_Essentials",
        "version": "6.12.0",
        "license": "LGPL-3.0-only",
    },
    {"kind": "debian", "name": "libx11-6", "version": "2:1.8.4-2+deb12u2", "license": "MIT"},
    {"kind": "runtime", "name": "CPython", "version": "3.11.7", "license": "PSF-2.0"},
]
BACKENDS = {
    f"keyring.backends.{name}"
    for name in ("SecretService", "chainer", "fail", "kwallet", "libsecret")
}


def test_the_environment_names_commit_and_date_of_a_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAILADMIN_BUILD", "abc1234")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795600000")
    assert (current().commit, current().date) == ("abc1234", "2026-11-25")
    assert json.loads(current().write(tmp_path / "build.json").read_text())["commit"] == "abc1234"


def test_the_bill_of_materials_is_valid_and_reproducible() -> None:
    bill = bill_of_materials(INDEX, BUILD)
    assert [component["purl"] for component in bill["components"]] == [
        "pkg:pypi/pyside6-essentials@6.12.0",
        "pkg:deb/debian/libx11-6@2%3A1.8.4-2%2Bdeb12u2",
        "pkg:generic/cpython@3.11.7",
    ]
    assert bill == bill_of_materials(INDEX, BUILD)
    other = bill_of_materials(INDEX, BUILD._replace(commit="0000000"))
    assert other["serialNumber"] != bill["serialNumber"]
    assert problem_of(json.dumps(bill)) == ""
    assert problem_of(json.dumps({**bill, "version": "one"})) != ""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_too_wide_permissions_and_outside_links_are_found(tmp_path: Path) -> None:
    library, script = tmp_path / "lib.so.6", tmp_path / "run"
    library.write_bytes(b"\x7fELF")
    script.write_text("#!/bin/sh\n")
    library.chmod(0o777)
    (tmp_path / "out").symlink_to("/etc/passwd")
    assert [line.partition(": ")[2] for line in offences(tmp_path)] == [
        "others may write to it",
        "a link to /etc/passwd",
    ]
    (tmp_path / "out").unlink()
    set_permissions(tmp_path)
    assert [path.stat().st_mode & 0o7777 for path in (library, script)] == [0o644, 0o755]
    script.chmod(0o4755)
    assert offences(tmp_path) == [f"{script}: runs as its owner"]


def test_every_part_has_a_licence_text(tmp_path: Path) -> None:
    installed = {distribution.name for distribution in distributions()}
    parts = [
        Part("python", name, "1", ())
        for name in ("keyring", "peewee", "shiboken6")
        if name in installed
    ]
    index = json.loads((write_licenses(parts, tmp_path / "new") / "index.json").read_text())
    assert {entry["name"] for entry in index} >= {"Mail Admin", "Lucide icons", "peewee"}
    assert all((tmp_path / "new" / text).is_file() for entry in index for text in entry["texts"])


def test_the_licences_of_a_package_leave_out_system_libraries(tmp_path: Path) -> None:
    entries = [
        {"kind": "python", "name": "keyring", "texts": ["keyring.txt", "GPL-2.txt"]},
        {"kind": "debian", "name": "libx11-6", "texts": ["libx11-6.txt", "GPL-2.txt"]},
    ]
    (tmp_path / "index.json").write_text(json.dumps(entries))
    for name in ("keyring.txt", "libx11-6.txt", "GPL-2.txt"):
        (tmp_path / name).touch()
    leave_out_system_libraries(tmp_path)
    assert json.loads((tmp_path / "index.json").read_text()) == entries[:1]
    assert {path.name for path in tmp_path.glob("*.txt")} == {"keyring.txt", "GPL-2.txt"}


def test_a_part_without_a_licence_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "nobody-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: nobody\nVersion: 1.0\n")
    (folder / "RECORD").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    part = Part("python", "nobody", "1.0", ())
    with pytest.raises(NoLicense, match="names no licence"):
        license_of(part)
    with pytest.raises(NoLicense, match="no text"):
        license_texts(part)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is taken for the platform's")
def test_a_file_of_unknown_origin_is_refused(tmp_path: Path) -> None:
    stray = tmp_path / "libstray.so"
    stray.touch()
    with pytest.raises(UnknownOrigin, match="libstray"):
        shipped_parts([], [("libstray.so", str(stray), "BINARY")], pyinstaller="6.22")


def test_missing_keyring_backends_and_forbidden_modules_are_found() -> None:
    assert complaints(BACKENDS, "linux") == []
    assert complaints(BACKENDS - {"keyring.backends.kwallet"}, "linux") == [
        "keyring.backends.kwallet is missing"
    ]
    assert complaints(BACKENDS | {"keyrings.alt.file", "sqlite3"}, "linux") == [
        "keyrings.alt.file must not be shipped",
        "sqlite3 must not be shipped",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="ELF")
def test_search_paths_of_the_building_machine_are_removed(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a compiler")
    import ctypes
    import subprocess

    for name, path in (("foreign", "/home/builder/lib"), ("own", "$ORIGIN/../lib")):
        subprocess.run(
            [
                compiler,
                "-shared",
                "-xc",
                "-",
                "-o",
                str(tmp_path / f"{name}.so"),
                f"-Wl,-rpath,{path}",
            ],
            input=b"int answer(void) { return 42; }",
            check=True,
        )
    assert search_paths.remove_foreign_paths(tmp_path) == [tmp_path / "foreign.so"]
    assert search_paths.remove_foreign_paths(tmp_path) == []
    for name in ("foreign", "own"):
        assert ctypes.CDLL(str(tmp_path / f"{name}.so")).answer() == 42
