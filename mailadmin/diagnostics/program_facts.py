"""The versions of the program, its libraries and the system, for reports. Imports nothing."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress

from mailadmin.build import version_text


def program_facts() -> list[str]:
    """Return lines of text: program and build, the system, the libraries imported so far."""
    libraries = [f"Python {platform.python_version()}"]
    if qt := sys.modules.get("PySide6.QtCore"):
        libraries.append(f"Qt {qt.qVersion()}")
    if apsw := sys.modules.get("apsw"):
        libraries.append(f"SQLite {apsw.sqlite_lib_version()}")
    return [f"Mail Admin {_version()}", _system(), ", ".join(libraries)]


def _version() -> str:
    try:
        return version_text()
    except (ValueError, KeyError):  # a damaged bundle must not keep its report from being written
        return "of an unknown build"


def _system() -> str:
    if not sys.platform.startswith("linux"):
        return platform.platform()
    kernel = os.uname()  # platform.platform() reads the interpreter's file for its C library
    described = f"{kernel.sysname} {kernel.release} {kernel.machine}"
    with suppress(OSError):
        if name := platform.freedesktop_os_release().get("PRETTY_NAME"):
            return f"{name}, {described}"
    return described
