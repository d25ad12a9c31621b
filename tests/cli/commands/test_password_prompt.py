"""`--password-stdin` on a terminal: asked for, not shown."""

from __future__ import annotations

import os
import select
import sys
import time

import pytest

from mailadmin.store import Store
from tests.cli.conftest import Program
from tests.secret_service import SecretService

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")

PATIENCE = 60.0  # seconds


def on_a_terminal(command: list[str], typed: bytes) -> tuple[int, str]:
    """Run a command on a terminal of its own, type when it asks; gives exit code and screen."""
    import pty
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 on: threads of other tests
        pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)  # noqa: S606 - no shell is the point
    screen = b""
    answered = False
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], end - time.monotonic())
        try:
            block = os.read(terminal, 4096) if ready else b""
        except OSError:  # the program has ended
            block = b""
        if not block:
            break
        screen += block
        if not answered and b"Password of ann: " in screen:
            os.write(terminal, typed)
            answered = True
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), screen.decode()


def add(program: Program) -> list[str]:
    return program.command(
        *("providers", "add", "--host", "smtp.example.org", "--send-from", "ann@example.org"),
        *("--username", "ann", "--password-stdin"),
    )


def test_a_typed_password_is_not_shown(
    secret_service: SecretService, program: Program, store: Store
) -> None:
    code, screen = on_a_terminal(add(program), b"gehe1m\n")
    assert code == 0, screen
    assert "gehe1m" not in screen
    (provider,) = store.providers.list()
    assert secret_service.stored("mailadmin", provider.uid) == ["gehe1m"]


def test_ctrl_d_at_the_prompt_adds_no_provider(program: Program, store: Store) -> None:
    code, screen = on_a_terminal(add(program), b"\x04")  # Ctrl-D
    assert code == 1
    assert "There is no password" in screen
    assert "Traceback" not in screen
    assert store.providers.list() == []
