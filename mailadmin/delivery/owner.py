"""Who holds a claim: one name per running sender, from which its death can be told."""

from __future__ import annotations

import os
import platform
import uuid
from pathlib import Path

import psutil

_START_TOLERANCE = 5.0  # seconds a process' start time may appear to move when the clock is set


def owner_name() -> str:
    """A name for this sender: host, process, the process' start time and something unique."""
    pid = os.getpid()
    started = psutil.Process(pid).create_time()
    return f"{_machine()}/{pid}/{started:.0f}/{uuid.uuid4().hex}"


def _machine() -> str:
    """This computer, and among its containers the one whose process numbers these are."""
    try:
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:  # no Linux
        namespace = ""
    return f"{platform.node()} {namespace}".strip().replace("/", "_")


def is_gone(owner: str, myself: str) -> bool:
    """Whether the sender `owner` certainly runs no more, as seen by the sender `myself`.

    False when in doubt (another computer, a name of another form): its lease will end.
    """
    if owner == myself:
        return False
    host, _, rest = owner.partition("/")
    pid, _, rest = rest.partition("/")
    started, _, _ = rest.partition("/")
    if host != _machine() or not pid.isdigit() or not started.isdigit():
        return False
    try:
        process = psutil.Process(int(pid))
        return abs(process.create_time() - int(started)) > _START_TOLERANCE
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False
