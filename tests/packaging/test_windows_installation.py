"""An installation on Windows: installing, updating, refusing a downgrade, uninstalling."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from resources.bundle.app_icon import ico
from tests.packaging.windows import (
    UNINSTALL_KEY,
    Windows,
    find_windows,
    make_stand_in,
    need_makensis,
    stand_in_bundle,
)

VERB = r"Software\Classes\SystemFileAssociations\.eml\shell\MailAdmin.Message"
PROG_ID = r"Software\Classes\MailAdmin.Message"
OPEN_WITH = r"Software\Classes\.eml\OpenWithProgids"

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.timeout(300)]


class Installers(NamedTuple):
    """Two versions; the older one has a file that the newer one lacks."""

    old: Path
    new: Path


@pytest.fixture(scope="module")
def installers(tmp_path_factory: pytest.TempPathFactory) -> Installers:
    need_makensis()
    folder = tmp_path_factory.mktemp("installers")
    icon = folder / "mailadmin.ico"
    icon.write_bytes(ico())
    bundle = stand_in_bundle(folder / "bundle")
    new = make_stand_in(bundle, icon, folder, "1.10.0")
    gone = bundle / "_internal" / "gone"
    gone.mkdir()
    (gone / "old.dll").write_bytes(b"of the old version")
    return Installers(make_stand_in(bundle, icon, folder, "1.9.0rc1"), new)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Windows:
    return find_windows(tmp_path_factory.mktemp("wine") / "prefix")


@pytest.fixture
def windows(machine: Windows) -> Iterator[Windows]:
    """A Windows without Mail Admin, before and after the test."""
    before = machine.value("Environment", "Path")
    yield machine
    if (machine.program_folder / "Uninstall.exe").exists():
        machine.uninstall()
    shutil.rmtree(machine.program_folder, ignore_errors=True)
    if before is not None:
        machine.set_value("Environment", "Path", "REG_EXPAND_SZ", before)


def shortcut_on_desktop(windows: Windows) -> Path:
    return windows.home / "Desktop" / "Mail Admin.lnk"


def test_the_installer_installs_for_the_user_alone(
    windows: Windows, installers: Installers
) -> None:
    assert windows.run(installers.new, "/S") == 0
    folder = windows.program_folder
    assert (folder / "Mail Admin.exe").is_file()
    assert (folder / "mailadmin.exe").is_file()
    assert (folder / "_internal" / "Qt" / "überzählig $INSTDIR.txt").is_file()
    assert (windows.start_menu / "Mail Admin.lnk").is_file()
    assert not shortcut_on_desktop(windows).exists()

    shown = windows.values(UNINSTALL_KEY)
    place = shown["InstallLocation"]
    assert place.endswith(r"\Programs\Mail Admin")
    assert shown["DisplayName"] == "Mail Admin"
    assert shown["DisplayVersion"] == "1.10.0"
    assert shown["Publisher"] == "Mail Admin contributors"
    assert int(shown["EstimatedSize"], 16) > 0
    assert shown["QuietUninstallString"] == f'"{place}\\Uninstall.exe" /S'
    assert "OnPath" not in shown

    command = f'"{place}\\Mail Admin.exe" open "%1"'
    assert command in windows.values(rf"{VERB}\command").values()
    assert "Queue with Mail Admin" in windows.values(VERB).values()
    assert command in windows.values(rf"{PROG_ID}\shell\open\command").values()
    assert "MailAdmin.Message" in windows.values(OPEN_WITH)
    # The program that opens these files by a double-click stays: the key's default value names it.
    assert not windows.values(r"Software\Classes\.eml")


def test_an_update_keeps_the_choices_made_by_options(
    windows: Windows, installers: Installers
) -> None:
    assert windows.run(installers.old, "/S", "/desktop=1", "/path=1", "/eml=0") == 0
    for installer in (None, installers.new):
        if installer is not None:
            assert windows.run(installer, "/S") == 0
        place = windows.value(UNINSTALL_KEY, "InstallLocation")
        assert shortcut_on_desktop(windows).is_file()
        assert str(windows.value("Environment", "Path")).split(";").count(str(place)) == 1
        assert not windows.values(VERB)
        assert not windows.values(OPEN_WITH)
    assert windows.run(installers.new, "/S", "/desktop=0", "/path=0", "/eml=1") == 0
    assert not shortcut_on_desktop(windows).exists()
    assert str(place) not in str(windows.value("Environment", "Path"))
    assert windows.values(VERB)


def test_an_update_removes_files_that_only_the_old_version_has(
    windows: Windows, installers: Installers
) -> None:
    assert windows.run(installers.old, "/S") == 0
    gone = windows.program_folder / "_internal" / "gone"
    assert (gone / "old.dll").is_file()
    own = windows.program_folder / "data" / "mailadmin.db"
    own.parent.mkdir()
    own.write_text("of a portable Mail Admin")

    assert windows.run(installers.new, "/S") == 0
    assert windows.value(UNINSTALL_KEY, "DisplayVersion") == "1.10.0"
    assert not gone.exists()
    assert own.is_file()
    assert (windows.program_folder / "Mail Admin.exe").is_file()
    assert (windows.start_menu / "Mail Admin.lnk").is_file()


def test_the_installer_refuses_a_downgrade(windows: Windows, installers: Installers) -> None:
    assert windows.run(installers.new, "/S") == 0
    assert windows.run(installers.old, "/S") == 4
    assert windows.value(UNINSTALL_KEY, "DisplayVersion") == "1.10.0"
    assert not (windows.program_folder / "_internal" / "gone").exists()


@pytest.mark.parametrize("program", ["Mail Admin.exe", "mailadmin.exe"])
def test_installer_and_uninstaller_refuse_while_the_program_runs(
    program: str, windows: Windows, installers: Installers
) -> None:
    assert windows.run(installers.old, "/S") == 0
    with windows.start(windows.program_folder / program) as running:
        try:
            for _ in range(100):  # until the program has been loaded
                if (code := windows.run(installers.new, "/S")) != 0:
                    break
            assert code == 3
            assert windows.uninstalling_in_place() == 3
        finally:
            running.kill()
    assert (windows.program_folder / "_internal" / "Qt" / "Qt6Core.dll").is_file()


def test_uninstalling_removes_everything_but_the_data(
    windows: Windows, installers: Installers
) -> None:
    data = windows.local / "mailadmin" / "mailadmin.db"
    data.parent.mkdir(exist_ok=True)
    if not data.exists():
        data.write_text("mail")
    assert windows.run(installers.new, "/S", "/desktop=1", "/path=1") == 0
    path = str(windows.value("Environment", "Path"))
    windows.uninstall()
    assert not windows.program_folder.exists()
    assert not (windows.start_menu / "Mail Admin.lnk").exists()
    assert not shortcut_on_desktop(windows).exists()
    for key in (UNINSTALL_KEY, VERB, PROG_ID, OPEN_WITH):
        assert not windows.values(key)
    assert "Mail Admin" in path
    assert "Mail Admin" not in str(windows.value("Environment", "Path"))
    assert data.is_file()


@pytest.mark.parametrize(
    "before",
    [
        r"C:\Tools",
        r"%USERPROFILE%\bin;C:\Tools;",
        ";".join(rf"C:\Some folder\with a long name\number {number}" for number in range(300)),
    ],
    ids=["one folder", "a variable and a last semicolon", "longer than an NSIS string"],
)
def test_uninstalling_restores_the_path_variable(
    before: str, windows: Windows, installers: Installers
) -> None:
    windows.set_value("Environment", "Path", "REG_EXPAND_SZ", before)
    assert windows.run(installers.new, "/S", "/path=1") == 0
    place = windows.value(UNINSTALL_KEY, "InstallLocation")
    assert windows.value("Environment", "Path") == f"{before};{place}"
    windows.uninstall()
    assert windows.value("Environment", "Path") == before


def test_uninstalling_keeps_a_folder_added_to_path_by_hand(
    windows: Windows, installers: Installers
) -> None:
    assert windows.run(installers.old, "/S") == 0
    place = windows.value(UNINSTALL_KEY, "InstallLocation")
    windows.set_value("Environment", "Path", "REG_SZ", f"C:\\Tools;{place}")
    assert windows.run(installers.new, "/S", "/path=1") == 0
    windows.uninstall()
    assert windows.value("Environment", "Path") == f"C:\\Tools;{place}"
