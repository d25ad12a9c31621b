"""Files that go with a message written on the command line."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mailadmin.cli.frame.failure import CommandFailed

if TYPE_CHECKING:
    from mailadmin.message import Attachment


def read_attachments(files: Sequence[str]) -> list[Attachment]:
    """The files that go with the message. Raises `CommandFailed` before too much is read."""
    from mailadmin.message import DEFAULT_SIZE_LIMIT

    total = 0
    for file in files:
        total += _size(file)
        if total > DEFAULT_SIZE_LIMIT:
            raise CommandFailed(
                "--attach {file}: with it the message is larger than {limit:,} bytes, which is "
                "the limit. Send a link in place of it.",
                file=file,
                limit=DEFAULT_SIZE_LIMIT,
            )
    return [_read(file) for file in files]


def _size(file: str) -> int:
    """Bytes of a file to attach. Raises `CommandFailed` for all else: a pipe may never end."""
    try:
        status = Path(file).stat()
    except (OSError, ValueError) as error:  # ValueError: NUL in the name
        raise unreadable(f"--attach {file}", error) from error
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a file"
        raise CommandFailed(
            "--attach {file}: this is {what}. Only files can be attached.", file=file, what=what
        )
    return status.st_size


def _read(file: str) -> Attachment:
    """A file that goes with the message. Raises `CommandFailed`."""
    import mimetypes

    from mailadmin.message import DEFAULT_SIZE_LIMIT, Attachment

    content_type, coding = mimetypes.guess_type(file)
    if content_type is None or coding is not None:
        content_type = "application/octet-stream"
    try:
        with Path(file).open("rb") as stream:
            return Attachment(Path(file).name, content_type, stream.read(DEFAULT_SIZE_LIMIT + 1))
    except (OSError, ValueError) as error:
        raise unreadable(f"--attach {file}", error) from error


def unreadable(what: str, error: OSError | ValueError) -> CommandFailed:
    """The failure to read `what`, with the system's reason."""
    reason = getattr(error, "strerror", None) or str(error)
    return CommandFailed("{what} can't be read: {reason}.", what=what, reason=reason)
