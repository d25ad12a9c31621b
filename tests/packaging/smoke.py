"""A short test of a packaged Mail Admin: runs the program itself, in a folder of its own.

`python -m tests.packaging.smoke PROGRAM [--window WINDOW_PROGRAM]` sends an email by the command
line to a server on loopback; then it opens the window, and a second start has to find the first.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mailadmin import __version__
from mailadmin.demo.replies import AcceptingRecipients
from mailadmin.demo.sink import Listener, Sink

_PATIENCE = 120  # seconds; virus scanners delay the first start of a program
LETTER = b"From: office@example.org\r\nTo: ann@example.org\r\nSubject: Smoke\r\n\r\nHello\r\n"


class Failed(Exception):
    """The program did not do what it should."""


def main() -> int:
    """Run the tests, print what was tried and return the exit code."""
    parser = argparse.ArgumentParser(description="Try a packaged Mail Admin.")
    parser.add_argument("program", type=Path, help="the command line")
    parser.add_argument("--window", type=Path, help="the program that opens the window")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        temporary = Path(folder) / "t"  # short: macOS' sockets have names of 103 bytes at most
        temporary.mkdir()
        place = {name: str(temporary) for name in ("TMPDIR", "TMP", "TEMP")}
        database = Path(folder) / "mail.db"
        environment = os.environ | place | {"MAILADMIN_DATABASE": str(database)}
        try:
            send_one(given.program.resolve(), Path(folder), environment)
            if given.window is not None:
                open_window(given.window.resolve(), temporary, environment)
        except Failed as failed:
            print(f"FAILED: {failed}", file=sys.stderr)
            return 1
    return 0


def send_one(program: Path, folder: Path, environment: dict[str, str]) -> None:
    """Start with an empty database and send an email. Raises Failed."""
    letter = folder / "letter.eml"
    letter.write_bytes(LETTER)
    sink = Sink((Listener(AcceptingRecipients(), None, 0),))
    try:

        def ask(*arguments: str) -> str:
            return _run([str(program), *arguments], environment)

        version = ask("--version")
        _hold(__version__ in version, f"--version says {version!r}")
        server = ["--host", "127.0.0.1", "--port", str(sink.ports[0]), "--encryption", "none"]
        ask("providers", "add", *server, "--send-from", "office@example.org")
        (provider,) = _rows(ask("providers", "list", "--json"))
        _hold(provider["port"] == sink.ports[0], f"the provider became {provider}")
        ask("enqueue", str(letter))
        ask("send", "--until-empty")
        queue = _rows(ask("queue", "list", "--json"))
        _hold(queue == [], f"the queue holds {queue}")
        (entry,) = _rows(ask("log", "list", "--json"))
        _hold(entry["status"] == "SUCCESS", f"the log says {entry}")
    finally:
        sink.close()
    print(f"{version.strip()}: sent an email by the command line")


def open_window(program: Path, temporary: Path, environment: dict[str, str]) -> None:
    """Open the window; a second start has to find it. Raises Failed."""
    first = subprocess.Popen([str(program)], env=environment)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not list(temporary.glob("mailadmin-*.lock")):
            _hold(first.poll() is None, f"the window ended with {first.returncode}")
            _hold(time.monotonic() < deadline, "the window doesn't open")
            time.sleep(0.1)
        _run([str(program)], environment)
        _hold(first.poll() is None, f"the window ended with {first.returncode}")
    finally:
        first.kill()
        first.wait()
    print("The window opened, and a second start found it")


def _run(command: list[str], environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise Failed(failure) from failure
    words = " ".join(command[1:]) or "a second start"
    said = done.stderr.decode(errors="replace")
    _hold(done.returncode == 0, f"{words}: exit code {done.returncode}: {said}")
    return done.stdout.decode(errors="replace")


def _rows(text: str) -> list[dict[str, Any]]:
    rows = json.loads(text)
    _hold(isinstance(rows, list), f"not a list: {text}")
    return list(rows)


def _hold(true: bool, otherwise: str) -> None:
    if not true:
        raise Failed(otherwise)


if __name__ == "__main__":
    sys.exit(main())
