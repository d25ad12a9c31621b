"""A display without a screen, and the window in which GNOME Keyring asks for its password there."""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

START_LIMIT = 15.0  # seconds


@contextmanager
def x_display() -> Iterator[str]:
    """Run an X server in memory and give the name of its display."""
    reader, writer = os.pipe()
    server = None
    try:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
            pass_fds=(writer,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        ready, _, _ = select.select([reader], [], [], START_LIMIT)
        assert ready, "Xvfb did not start"
        yield f":{os.read(reader, 64).decode().strip()}"
    finally:
        os.close(reader)
        os.close(writer)
        if server is not None:
            server.terminate()  # not killed, so that it removes its lock file
            server.wait()


class KeyringPrompt:
    """Works the prompt on `display` with key strokes, as a person would."""

    def __init__(self, display: str) -> None:
        self._environment = {"PATH": os.environ["PATH"], "DISPLAY": display}

    def is_open(self) -> bool:
        """Whether a prompt can be seen."""
        return bool(self._windows())

    def wait_until_open(self) -> None:
        """Wait for the prompt to appear."""
        self._windows("--sync")

    def answer(self, password: str) -> None:
        """Type the password and press Return."""
        self._focus()
        self._xdotool("type", "--delay", "10", "--file", "-", text=password)
        self._xdotool("key", "Return")

    def dismiss(self) -> None:
        """Press Escape."""
        self._focus()
        self._xdotool("key", "Escape")

    def _focus(self) -> None:
        self.wait_until_open()
        self._xdotool("windowfocus", "--sync", self._windows()[0])

    def _windows(self, *options: str) -> list[str]:
        return self._xdotool("search", *options, "--onlyvisible", "--name", ".").split()

    def _xdotool(self, *arguments: str, text: str = "") -> str:
        return subprocess.run(
            ["xdotool", *arguments],
            env=self._environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=START_LIMIT,
            check=False,  # a search without a result fails
        ).stdout
