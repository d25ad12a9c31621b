"""The command line in this process, and as the program it is."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mailadmin.__main__ import main
from mailadmin.domain.message import NewMessage
from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store


@dataclass(frozen=True, slots=True)
class Result:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever it is
        """Standard output, as the JSON it is."""
        return json.loads(self.out)

    @property
    def ids(self) -> list[int]:
        """Standard output, as the IDs it holds one per line."""
        return [int(line) for line in self.out.splitlines()]

    @property
    def reason(self) -> str:
        """Why the command failed: the one line on standard error."""
        assert self.code == 1, self
        assert self.err.startswith("mailadmin: "), self
        assert self.err.count("\n") == 1, self
        return self.err.removeprefix("mailadmin: ").rstrip("\n")


@dataclass
class CommandLine:
    """Runs commands on one database, in this process."""

    database: Path
    patch: pytest.MonkeyPatch

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> Result:
        return self.bare("--database", self.database, *arguments, stdin=stdin)

    def bare(self, *arguments: str | Path, stdin: bytes = b"") -> Result:
        """Run without naming the database."""
        out, err = io.BytesIO(), io.BytesIO()
        with self.patch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
            patch.setattr(sys, "stdout", io.TextIOWrapper(out, "utf-8", newline="\n"))
            patch.setattr(sys, "stderr", io.TextIOWrapper(err, "utf-8", newline="\n"))
            try:
                code = main([str(argument) for argument in arguments])
            except SystemExit as end:
                code = int(end.code or 0)
            sys.stdout.flush()
            sys.stderr.flush()
            return Result(code, out.getvalue().decode(), err.getvalue().decode())


@dataclass
class Program:
    """Runs commands as a user's shell does: each in a process of its own."""

    database: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> Result:
        done = subprocess.run(
            self.command(*arguments),
            input=stdin,
            capture_output=True,
            env=os.environ | self.environment,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def command(self, *arguments: str | Path) -> list[str]:
        """The arguments for a process of one's own."""
        python = [sys.executable, "-W", "error", "-m", "mailadmin"]
        return [*python, "--database", str(self.database), *map(str, arguments)]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the database of the test is; not there yet."""
    monkeypatch.delenv("MAILADMIN_DATABASE", raising=False)
    return tmp_path / "data" / "mail.db"


@pytest.fixture
def cli(database: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Commands in this process."""
    return CommandLine(database, monkeypatch)


@pytest.fixture
def program(database: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Commands in processes of their own, their output buffered as users have it."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    return Program(database)


@pytest.fixture
def store(database: Path) -> Iterator[Store]:
    """The same database, as a window beside the command line has it."""
    store = Store.open(database, standard_drivers())
    yield store
    store.close()


@pytest.fixture
def eml(tmp_path: Path) -> Path:
    """A message with everything that must survive: 8-bit text, dots, odd header, no Bcc."""
    path = tmp_path / "invoice.eml"
    path.write_bytes(
        b"From: Billing <billing@example.org>\r\n"
        b"To: Ann <ann@example.org>,\r\n bob@example.org\r\n"
        b"Subject: =?utf-8?q?R=C3=A9sum=C3=A9?= 2291\r\n"
        b"Message-ID: <2291@example.org>\r\n"
        b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
        b"X-Odd:   two  spaces\r\n"
        b"\r\n"
        b"First line\r\n.\r\n..two dots\r\n\xc3\xa9 8-bit\r\n"
    )
    return path


def queued(store: Store, *recipients: str, subject: str = "Hello") -> list[int]:
    """Queue a message past the command line; gives the queue IDs."""
    content = f"Subject: {subject}\r\n\r\nText\r\n".encode()
    (ids,) = store.queue.enqueue([NewMessage(content, recipients, subject, "<1@example.org>")])
    return ids
