"""The dialogue with a server as a person may read it, without secrets."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Protocol

HIDDEN = "********"

_LONGEST_LINE = 1000  # characters
_MOST_LINES = 2000


class Revealable(Protocol):
    """A secret that shows itself only on demand, such as `credentials.Secret`."""

    def reveal(self) -> str: ...


class Redactor:
    """Replaces a password in text the server sends back, plain or in base64.

    A server that quotes what it refused ("535 bad credentials cGFzcw==") would otherwise carry the
    password into the log, the transcript and the Reason column.
    """

    def __init__(self, username: str = "", secret: Revealable | None = None) -> None:
        forms: set[str] = set()
        if secret is not None and (password := secret.reveal()):
            forms.add(password)
            for blob in (password, f"\0{username}\0{password}", f"{username}\0{password}"):
                encoded = base64.b64encode(blob.encode("utf-8", "surrogatepass")).decode("ascii")
                forms |= {encoded, encoded.rstrip("=")}
        # The longest first, so that no part of it is left behind.
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """`text` with every form of the password replaced."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text

    def __repr__(self) -> str:
        return "<Redactor>"


class Transcript:
    """Every command and reply line: `> ` sent, `< ` received, `* ` a remark of the program.

    `on_line` is called with each line as it comes, in the thread that speaks to the server.
    The body of a message is not part of it. Secrets never enter: what follows AUTH is replaced
    before it gets here.
    """

    def __init__(self, on_line: Callable[[str], None] | None = None) -> None:
        self.lines: list[str] = []
        self._on_line = on_line

    def sent(self, line: str) -> None:
        """A command that was sent, already redacted."""
        self._add(f"> {line}")

    def received(self, line: str) -> None:
        """One line of a reply, already redacted."""
        self._add(f"< {line}")

    def remark(self, text: str) -> None:
        """Something that happened without a command: connected, certificate verified, …"""
        self._add(f"* {text}")

    @property
    def text(self) -> str:
        """All lines, joined."""
        return "\n".join(self.lines)

    def _add(self, line: str) -> None:
        line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
        if len(line) > _LONGEST_LINE:
            line = line[: _LONGEST_LINE - 1] + "…"
        if len(self.lines) >= _MOST_LINES:
            return
        self.lines.append(line)
        if self._on_line is not None:
            self._on_line(line)
