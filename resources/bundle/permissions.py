"""Sets and checks the permissions of everything that is packed.

Files 0644, programs and folders 0755: whoever builds may have another umask, and PyInstaller makes
every library executable. `python -m resources.bundle.permissions FOLDER`
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path


def set_permissions(folder: Path) -> None:
    """Make all below `folder` readable by all and writable by its owner alone."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or _is_program(path) else 0o644)


def offences(folder: Path) -> list[str]:
    """What must not be packed: files others may write to, set-uid, links that lead out of it."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            target = os.path.normpath(path.parent / path.readlink())
            if not Path(target).is_relative_to(folder) or not path.exists():
                found.append(f"{path}: a link to {path.readlink()}")
            continue
        mode = path.stat().st_mode
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            found.append(f"{path}: others may write to it")
        if mode & (stat.S_ISUID | stat.S_ISGID):
            found.append(f"{path}: runs as its owner")
    return found


def _is_program(path: Path) -> bool:
    """Scripts, and programs as opposed to shared libraries, which are the same kind of ELF file."""
    if ".so" in path.name:
        return False
    with path.open("rb") as file:
        start = file.read(4)
    return (
        start[:2] == b"#!"
        or start == b"\x7fELF"
        or start in {b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"}
    )


def main(arguments: list[str]) -> int:
    """Set, then check; gives the exit code."""
    folder = Path(arguments[0]).resolve()
    set_permissions(folder)
    found = offences(folder)
    for line in found:
        sys.stderr.write(f"{line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
