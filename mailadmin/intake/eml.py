"""Reads an email from a file or from standard input.

It reads at most one byte more than the size limit, whatever the name stands for.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, KnownError, MessageRefused
from mailadmin.domain.message import NewMessage
from mailadmin.message import DEFAULT_SIZE_LIMIT, prepare

_BLOCK = 1024 * 1024  # bytes


def read_eml(
    path: Path,
    *,
    recipients: Sequence[str] | None = None,
    envelope_from: str | None = None,
    size_limit: int = DEFAULT_SIZE_LIMIT,
    source: str = "file",
) -> NewMessage:
    """Return the message in the file at `path`; see `prepare` for the parameters.

    Raises MessageRefused, which names the file and says what to do.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise MessageRefused(
                QT_TRANSLATE_NOOP(
                    "KnownError", "“{file}” is a folder. Choose the .eml files inside it."
                ),
                file=path,
            )
        if not stat.S_ISREG(status.st_mode):
            # Reading from a pipe or a device might wait for ever.
            raise MessageRefused(
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "“{file}” is not a file. Choose an .eml file, or give its content on "
                    "standard input.",
                ),
                file=path,
            )
        if status.st_size > size_limit:
            _refuse_size(str(path), size_limit)
        with path.open("rb") as stream:
            return read_eml_stream(
                stream,
                name=str(path),
                recipients=recipients,
                envelope_from=envelope_from,
                size_limit=size_limit,
                source=source,
            )
    except FileNotFoundError:
        raise MessageRefused(
            QT_TRANSLATE_NOOP("KnownError", "“{file}” does not exist. Check its name."),
            file=path,
        ) from None
    except PermissionError:
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError", "“{file}” can't be opened: permission denied. Make it readable."
            ),
            file=path,
        ) from None
    except OSError as error:
        raise MessageRefused(
            QT_TRANSLATE_NOOP(
                "KnownError", "“{file}” can't be read: {detail}. Copy it elsewhere and try again."
            ),
            file=path,
            detail=error.strerror or type(error).__name__,
        ) from error
    except ValueError:  # no file can have this name
        raise MessageRefused(
            QT_TRANSLATE_NOOP("KnownError", "“{file}” is not the name of a file. Check it."),
            file=repr(str(path)),
        ) from None


def read_eml_stream(
    stream: BinaryIO,
    *,
    name: str = "standard input",
    recipients: Sequence[str] | None = None,
    envelope_from: str | None = None,
    size_limit: int = DEFAULT_SIZE_LIMIT,
    source: str = "file",
) -> NewMessage:
    """Return the message read from `stream`; errors call it `name`.

    Raises MessageRefused with `name` in it, and OSError where reading does.
    """
    raw = bytearray()
    while len(raw) <= size_limit:
        block = stream.read(min(_BLOCK, size_limit + 1 - len(raw)))
        if not block:
            break
        raw += block
    if len(raw) > size_limit:
        _refuse_size(name, size_limit)
    try:
        message = prepare(
            bytes(raw),
            recipients=recipients,
            envelope_from=envelope_from,
            size_limit=size_limit,
            source=source,
        )
    except KnownError as problem:
        raise MessageRefused(
            QT_TRANSLATE_NOOP("KnownError", "{file}: {problem}"), file=name, problem=problem
        ) from problem
    # The hash is of the file: the message may have been given a Date and a Message-ID.
    return replace(message, origin=hashlib.sha256(raw).hexdigest())


def _refuse_size(name: str, size_limit: int) -> None:
    raise MessageRefused(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "{file}: the message is larger than {limit:,} bytes, which is the limit. Make it "
            "smaller, for example with a link in place of an attachment.",
        ),
        file=name,
        limit=size_limit,
    )
