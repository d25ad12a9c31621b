"""Makes the Windows installer of a bundle, with makensis (NSIS 3.08 or later).

`python -m resources.windows.make_installer` takes dist/mailadmin and the icon that its build left,
and writes into dist. Works on every system that has makensis: nothing of the bundle is run.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def numbers(version: str) -> str:
    """The version as Windows compares it: "1.2.0rc1" is 1.2.0.0."""
    found = re.match(r"\d+(\.\d+)*", version)
    if found is None:
        raise ValueError(f"not a version: {version}")
    parts = [*found.group().split("."), "0", "0", "0"][:4]
    return ".".join(parts)


def package_version() -> str:
    """The version in the source, read without running it."""
    text = (ROOT / "mailadmin" / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if found is None:
        raise ValueError("mailadmin/__init__.py names no version")
    return found.group(1)


def removal(bundle: Path) -> str:
    """The include by which the uninstaller removes exactly what the installer brought.

    A folder can be shared with somebody's own files: the user chooses where it is, so nothing is
    removed that isn't listed.
    """
    files, folders = [], []
    for path in sorted(bundle.rglob("*")):
        name = str(path.relative_to(bundle)).replace("/", "\\").replace("$", "$$")
        if path.is_dir():
            folders.append(f'    RMDir "$INSTDIR\\{name}"')
        else:
            files.append(f'    Delete "$INSTDIR\\{name}"')
    folders.reverse()  # what is inside goes first
    lines = ["!macro RemoveFiles", *files, "!macroend", "!macro RemoveFolders", *folders]
    return "\n".join([*lines, "!macroend", ""])


def find_makensis() -> str:
    """The compiler. Raises FileNotFoundError."""
    places = [os.environ.get("ProgramFiles(x86)"), os.environ.get("ProgramFiles")]  # noqa: SIM112
    usual = os.pathsep.join(str(Path(place) / "NSIS") for place in places if place)
    found = shutil.which("makensis") or shutil.which("makensis", path=usual or None)
    if found is None:
        raise FileNotFoundError("makensis is missing: install NSIS 3.08 or later")
    return found


def make(
    bundle: Path,
    icon: Path,
    output: Path,
    version: str,
    *,
    sign: str | None = None,
    options: Sequence[str] = (),
) -> Path:
    """Compile the installer into the folder `output`; `options` are more for makensis.

    Raises FileNotFoundError without makensis or without the programs, and CalledProcessError when
    makensis finds something, a warning as well.
    """
    for program in ("Mail Admin.exe", "mailadmin.exe"):
        if not (bundle / program).is_file():
            raise FileNotFoundError(f"not a Windows bundle, {program} is missing: {bundle}")
    installer = output.resolve() / f"Mail-Admin-{version}-Setup.exe"
    size = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as folder:
        # With a mark, makensis reads UTF-8 on every system; the listed names may need it.
        files = Path(folder) / "files.nsh"
        files.write_text(removal(bundle), encoding="utf-8-sig")
        values = {
            "BUNDLE": bundle.resolve(),
            "FILES": files,
            "ICON": icon.resolve(),
            "LICENSE": ROOT / "LICENSE",
            "OUTPUT": installer,
            "VERSION": version,
            "NUMBERS": numbers(version),
            "SIZE": size // 1024,
        }
        if sign:
            values["SIGN"] = sign
        defines = [f"-D{name}={value}" for name, value in values.items()]
        script = str(HERE / "mailadmin.nsi")
        command = [find_makensis(), "-V2", "-WX", "-INPUTCHARSET", "UTF8", *defines, *options]
        subprocess.run([*command, script], check=True)
    return installer


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the Windows installer of a bundle.")
    parser.add_argument("--bundle", type=Path, default=ROOT / "dist" / "mailadmin")
    parser.add_argument("--icon", type=Path, default=ROOT / "build" / "mailadmin" / "mailadmin.ico")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--version", default=package_version())
    parser.add_argument("--sign", help="command that signs the file named by its last argument")
    given = parser.parse_args()
    try:
        print(make(given.bundle, given.icon, given.output, given.version, sign=given.sign))
    except (FileNotFoundError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failure:
        return failure.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
