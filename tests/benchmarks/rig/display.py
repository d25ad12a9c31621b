"""A screen to measure windows on: an X server of its own, else Qt's offscreen platform."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def display(pixels: Path | None = None) -> Iterator[str]:
    """Set the environment of new processes to an Xvfb; gives the platform's name in words.

    Its pixels are in the folder `pixels`, in the file Xvfb_screen0 (see `pixels.py`).
    """
    before = {name: os.environ.get(name) for name in ("DISPLAY", "QT_QPA_PLATFORM")}
    server = _start_xvfb(pixels)
    if server is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        yield "offscreen, no X server" if server is None else "X11 on Xvfb"
    finally:
        if server is not None:
            server.kill()
            server.wait()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _start_xvfb(pixels: Path | None) -> subprocess.Popen[bytes] | None:
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        return None
    reader, writer = os.pipe()
    command = [xvfb, "-displayfd", str(writer), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    command += ["-fbdir", str(pixels)] if pixels is not None else []
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        number = pipe.readline().strip()
    if not number:
        server.wait()
        return None
    os.environ |= {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    return server
