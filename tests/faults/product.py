"""The whole product on one database, in this process: mail in, a run of the sender, what it says.

Mail goes in through the store, is sent by `mailadmin send --until-empty`, and what became of it is
read as a script would: from `queue list --json` and `log show --json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailadmin.domain.message import NewMessage
from mailadmin.domain.provider import Encryption
from mailadmin.store import Store
from tests.cli.conftest import CommandLine, Result
from tests.faults.quick import Quick
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME
from tests.smtp_providers import smtp_provider

ANN, BOB, CAT, DAN = (f"{name}@example.net" for name in ("ann", "bob", "cat", "dan"))
SENDER = "office@example.org"

PATIENT = dict.fromkeys(
    ("dns", "connect", "greeting", "tls", "command", "mail", "rcpt", "data", "block", "final"), 10.0
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the Queue."""

    id: int
    email: str
    attempts: int
    status: str
    reason: str
    last: datetime | None
    next: datetime | None

    @property
    def wait(self) -> timedelta:
        """From the last attempt to the next one."""
        assert self.last is not None
        assert self.next is not None
        return self.next - self.last


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt, as the details of the Log show it."""

    provider: str
    stage: str | None
    outcome: str | None
    reason: str
    reply: str
    possible_duplicate: bool


@dataclass
class Product:
    """One database and the programs that work on it."""

    cli: CommandLine
    store: Store
    patch: pytest.MonkeyPatch
    folder: Path
    quick: Quick = field(default_factory=lambda: Quick(timeouts=PATIENT | {"quit": 0.2}))
    sent: list[bytes] = field(default_factory=list, repr=False)

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.cli.database

    def provider(
        self,
        port: int,
        caption: str = "Relay",
        *,
        encryption: Encryption = Encryption.NONE,
        ca_file: Path | None = None,
        password: str | None = None,
        **changes: object,
    ) -> int:
        """A provider on this computer; with a password one that signs in. Gives its ID."""
        fields: dict[str, object] = {
            "host": "127.0.0.1",
            "port": port,
            "send_from": SENDER,
            "encryption": encryption,
            "ca_file": str(ca_file or ""),
            "username": "" if password is None else USERNAME,
        }
        made = smtp_provider(caption, **{**fields, **changes})  # type: ignore[arg-type]
        stored = self.store.providers.add(made)
        if password is not None:
            self.give_password(stored.id, password)
        return stored.id

    def give_password(self, provider_id: int, password: str = PASSWORD) -> None:
        """Put a password where a service manager would."""
        path = self.folder / f"password-{provider_id}"
        path.write_text(password)
        path.chmod(0o600)
        self.patch.setenv(f"MAILADMIN_PASSWORD_FILE_{provider_id}", str(path))

    def accept(self, *recipients: str, size: int = 0, body: bytes = b".dot\r\nText\r\n") -> int:
        """Queue a message unlike any other, at least `size` bytes long; gives its first ID."""
        number = len(self.sent) + 1
        head = b"Subject: Number %d\r\nMessage-ID: <%d@example.org>\r\n\r\n" % (number, number)
        filler = (b"x" * 70 + b"\r\n") * (size // 72 + 1) if size else b""
        content = head + body + filler
        self.sent.append(content)
        message = NewMessage(
            content, recipients or (ANN,), f"Number {number}", f"<{number}@example.org>"
        )
        (ids,) = self.store.queue.enqueue([message])
        return ids[0]

    def send(self) -> Result:
        """Send what is due, as `send --until-empty` does."""
        with self.patch.context() as patch:
            self.quick.install(patch.setattr)
            return self.cli("send", "--until-empty")

    def do(self, *arguments: str | int) -> Result:
        """Run another command, which has to work."""
        result = self.cli(*map(str, arguments))
        assert result.code == 0, result.err
        return result

    def retry(self) -> Result:
        """Make all mail due and send it."""
        if ids := [row.id for row in self.queue()]:
            self.do("queue", "retry", *ids)
        return self.send()

    def queue(self) -> list[Row]:
        """The Queue, oldest first."""
        return [
            Row(
                row["id"],
                row["email"],
                row["attempts_count"],
                row["status"],
                row["reason"],
                _moment(row["last_attempt_date"]),
                _moment(row["next_attempt_date"]),
            )
            for row in self.do("queue", "list", "--json").json
        ]

    def row(self) -> Row:
        """The only row of the Queue."""
        (row,) = self.queue()
        return row

    def log(self) -> dict[str, str]:
        """The Log: recipient → status. Each recipient may be there once."""
        entries = self.do("log", "list", "--json").json
        found = {entry["email"]: entry["status"] for entry in entries}
        assert len(found) == len(entries)
        return found

    def tries(self, email_id: int = 1) -> list[Try]:
        """Every attempt to send one email."""
        (shown,) = self.do("log", "show", "--json", email_id).json
        return [
            Try(
                attempt["provider"],
                attempt["stage"],
                attempt["outcome"],
                attempt["reason"],
                attempt["reply"],
                attempt["possible_duplicate"],
            )
            for attempt in shown["attempts"]
        ]


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def minutes(low: float, high: float, waits: Sequence[Row]) -> bool:
    """Whether each row's next attempt comes between `low` and `high` minutes after its last."""
    return all(timedelta(minutes=low) <= row.wait <= timedelta(minutes=high) for row in waits)
