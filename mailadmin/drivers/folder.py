"""The driver folder: every message becomes a file, to see what would be sent without sending it."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import ClassVar

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.outcome import Outcome, OutcomeKind, Scope
from mailadmin.domain.provider import DriverSettings
from mailadmin.drivers.driver import Driver
from mailadmin.drivers.fields import Field, PathTo
from mailadmin.drivers.probing import OnStep, ProbeResult, Steps
from mailadmin.drivers.session import CommitPoint, Delivery, StaleClaim
from mailadmin.drivers.transcript import Revealable, Transcript
from mailadmin.export.whole_file import sync_folder, write_whole
from mailadmin.message.file_names import safe_filename

_LEAST_SPACE = 16 * 1024 * 1024  # bytes that the connection test wants to be free


class Stage(StrEnum):
    """The stages of the test; an attempt is at the second of them."""

    FOLDER = QT_TRANSLATE_NOOP("Stage", "Folder")
    WRITE = QT_TRANSLATE_NOOP("Stage", "Write")
    SPACE = QT_TRANSLATE_NOOP("Stage", "Space")


@dataclass(frozen=True, slots=True)
class FolderSettings(DriverSettings):
    """Where the files go."""

    driver: ClassVar[str] = "folder"

    folder: str  # a whole path


class FolderSession:
    """Writes a file for each recipient: the envelope in two fields, then the bytes as they are."""

    usable = True
    wants_caution = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, delivery: Delivery, commit_point: CommitPoint) -> dict[str, Outcome]:
        """Write the files; the point of no return is before the first. See `Session.deliver`.

        A file of the same message that is there already is left alone, so that a delivery of which
        nobody knows how it ended can be repeated.
        """
        import asyncio

        if not await commit_point(delivery.recipients):
            raise StaleClaim("another sender has taken this message over")
        return await asyncio.to_thread(self._write, delivery)

    async def close(self) -> None:
        """Nothing is open."""

    def _write(self, delivery: Delivery) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        try:
            for recipient, queue_id in delivery.queue_ids.items():
                fields = f"X-Envelope-From: <{delivery.sender}>\r\nX-Envelope-To: <{recipient}>\r\n"
                path = self._place(queue_id, recipient, fields.encode() + delivery.content)
                sync_folder(self._folder)
                reason = f"Written to {path}."
                outcomes[recipient] = Outcome(OutcomeKind.ACCEPTED, Stage.WRITE, reason)
        except OSError as error:
            fault = _fault(error, self._folder)
            return {name: outcomes.get(name, fault) for name in delivery.recipients}
        return outcomes

    def _place(self, queue_id: int, recipient: str, content: bytes) -> Path:
        """Have the file in the folder, under another name if one of another message is there."""
        name = recipient.replace("/", "_").replace("\\", "_")
        for number in count(1):
            more = "" if number == 1 else f" ({number})"
            path = self._folder / safe_filename(f"{queue_id}{more}-{name}.eml")
            with suppress(FileNotFoundError):
                if path.is_symlink() or path.read_bytes() != content:
                    continue
                return path
            break
        write_whole(path, content)
        return path


class FolderDriver(Driver[FolderSettings]):
    """Needs no server and no credential."""

    settings = FolderSettings
    summary = "writes each message to a file and sends nothing"
    fields = (
        Field(
            "folder",
            str,
            "folder that the messages are written to",
            "PATH",
            title=QT_TRANSLATE_NOOP("Field", "F&older"),
            required=True,
            path=PathTo.FOLDER,
        ),
    )
    stages = tuple(Stage)
    repeatable = True

    async def open(
        self, settings: FolderSettings, secret: Revealable | None, *, cautious: bool
    ) -> FolderSession:
        """There is nothing to be opened."""
        del secret, cautious
        return FolderSession(Path(settings.folder))

    async def probe(
        self,
        settings: FolderSettings,
        send_from: str,
        secret: Revealable | None,
        *,
        on_step: OnStep | None = None,
        transcript: Transcript | None = None,
    ) -> ProbeResult:
        """Write a file and remove it."""
        import asyncio

        del send_from, secret, transcript
        return await asyncio.to_thread(_probe, Path(settings.folder), Steps(self.stages, on_step))


def _probe(folder: Path, steps: Steps) -> ProbeResult:
    try:
        os.scandir(folder).close()
        steps.passed(f"{folder} is there.")
        trial = folder / f".mailadmin-test-{os.getpid()}"
        try:
            write_whole(trial, b"A test of Mail Admin.\r\n")
        finally:
            trial.unlink(missing_ok=True)
        sync_folder(folder)
        steps.passed("A file was written and removed again.")
        free = shutil.disk_usage(folder).free
        if free < _LEAST_SPACE:
            raise OSError(errno.ENOSPC, "too little space")
        steps.passed(f"{free // 1024 // 1024:,} MB are free.")
    except OSError as error:
        steps.failed(_fault(error, folder).reason)
    return steps.result()


def _fault(error: OSError, folder: Path) -> Outcome:
    """The provider's, whatever it is: the message can wait until somebody has mended it."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            reason = f"There is not enough space in the folder {folder}. Make room there."
        case errno.ENOENT:
            reason = f"The folder {folder} does not exist. Make it, or choose another."
        case errno.ENOTDIR:
            reason = f"{folder} is not a folder. Choose another."
        case _:
            why = error.strerror or type(error).__name__
            reason = f"The folder {folder} can't be used: {why}. Change that, or choose another."
    return Outcome(OutcomeKind.PROVIDER_FAULT, Stage.WRITE, reason, scope=Scope.PROVIDER)
