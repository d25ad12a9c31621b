"""Postfix's test programs: `smtp-sink`, a server that throws mail away, and `smtp-source`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.rig.limits import PATIENCE

_BACKLOG = "1024"
_START = 10.0  # seconds for the sink to listen


def program(name: str) -> str:
    """The path of a program of Postfix. Ends the benchmark with a sentence if it is missing."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        sys.exit(f"{name} is missing: install Postfix (it need not run).")
    return path


@contextmanager
def smtp_sink() -> Iterator[int]:
    """A sink on the loopback that answers at once; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    user = ["-u", "nobody"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [program("smtp-sink"), *user, f"127.0.0.1:{port}", _BACKLOG]
    sink = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _await(port, sink)
        yield port
    finally:
        sink.kill()
        sink.wait()


def _await(port: int, sink: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if sink.poll() is not None or time.monotonic() > deadline:
                sys.exit("smtp-sink did not start.")
            time.sleep(0.02)
        else:
            return


def source_rate(port: int, messages: int, size: int, sessions: int) -> float:
    """Messages/s of `smtp-source`, a C client without queue, database or log."""
    command = [program("smtp-source"), "-d", "-s", str(sessions), "-m", str(messages)]
    command += ["-l", str(size), "-f", "a@example.org", "-t", "b@example.org"]
    began = time.perf_counter()
    subprocess.run([*command, f"127.0.0.1:{port}"], check=True, timeout=PATIENCE)
    return messages / (time.perf_counter() - began)
