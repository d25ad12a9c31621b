"""A copy of the whole database, made with SQLite's backup API while mail goes in and out."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import apsw

from mailadmin.domain.errors import (
    QT_TRANSLATE_NOOP,
    InvalidInput,
    StorageCorrupt,
    StorageError,
    StorageFull,
)
from mailadmin.place.location import Location
from mailadmin.store.base.failures import storage_errors
from mailadmin.store.base.reading import (
    Cancelled,
    Progress,
    go_on,
    open_to_read,
    open_untouched,
    page_count,
    pages_read,
    seldom,
    watched,
)

_STEP = 500  # pages copied between two looks at the progress: 2 MB
_BESIDE = ("-wal", "-journal")  # what SQLite would apply to a file of the name it belongs to


def back_up(
    location: Location, target: Path, progress: Progress = go_on, *, overwrite: bool = False
) -> bool:
    """Write a consistent copy to `target`, for its owner's eyes alone, and check it.

    It shows one moment: what is committed meanwhile is not in it, and nobody is kept from
    committing. The name `target` is taken when the copy is complete, found sound and on disk; a
    file that has it already is replaced only with `overwrite`. False if `progress` cancelled.
    Raises `InvalidInput` for a target that can't be one, and the kinds of `StorageError`.
    """
    with _target_errors(target):
        target = _resolved(target)
    _check_target(location, target, overwrite)
    with _target_errors(target):
        handle, name = tempfile.mkstemp(".partial", f".{target.name}.", target.parent)  # 0600
        os.close(handle)
    partial = Path(name)
    progress = seldom(progress)
    try:
        _copy(location, partial, target, progress)
        _verify(partial, target, progress)
        with _target_errors(target):
            _sync(partial)
            _take_name(partial, target, overwrite)
            _sync_folder(target.parent)
    except Cancelled:
        return False
    finally:
        for leftover in (partial, *_beside(partial)):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)
    return True


def _resolved(target: Path) -> Path:
    """The file that a link as `target` points to: the link itself is kept."""
    try:
        return target.resolve()
    except (ValueError, RuntimeError):  # NUL in the name, links in a circle
        raise _refusal(_NO_FILE, target) from None


def _check_target(location: Location, target: Path, overwrite: bool) -> None:
    """Raise `InvalidInput` unless a copy may get the name `target`."""
    with _target_errors(target):
        try:
            status = target.stat()
        except FileNotFoundError:
            status = None
        mail = (location.path, *_beside(location.path, "-wal", "-shm", "-journal"))
        if target in mail or (status is not None and target.samefile(location.path)):
            raise _refusal(_ITSELF, target)
        if status is not None and not stat.S_ISREG(status.st_mode):
            raise _refusal(_NO_FILE, target)
        if status is not None and not overwrite:
            raise _refusal(_EXISTS, target)
        for beside in _beside(target):
            if beside.exists() and beside.stat().st_size:
                raise _refusal(_IN_USE, target, beside=beside)
        needed = location.path.stat().st_size
        if shutil.disk_usage(target.parent).free < needed:
            raise _full(target, needed)


_EXISTS = QT_TRANSLATE_NOOP(
    "KnownError", "“{file}” already exists. Choose another name, or replace it with --force."
)
_NO_FILE = QT_TRANSLATE_NOOP(
    "KnownError", "“{file}” is not a file that a backup can replace. Choose another name."
)
_ITSELF = QT_TRANSLATE_NOOP(
    "KnownError", "“{file}” is the database itself. Choose another name for the backup."
)
_IN_USE = QT_TRANSLATE_NOOP(
    "KnownError",
    "“{file}” belongs to a database that is open or was not closed, for there is “{beside}”. "
    "Choose another name for the backup.",
)


def _refusal(template: str, target: Path, **values: object) -> InvalidInput:
    return InvalidInput("target", template, file=target, **values)


def _beside(path: Path, *endings: str) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + ending) for ending in endings or _BESIDE)


def _copy(location: Location, partial: Path, target: Path, progress: Progress) -> None:
    """Copy all pages of one moment into `partial`. Raises `Cancelled` and `StorageError`s."""
    with storage_errors(location), closing(open_to_read(location.path)) as source:
        # As long as this read transaction is open the backup sees its snapshot: without it every
        # commit of a sender would start the copy anew, and it would never end beside a busy one.
        source.execute("BEGIN")
        total = page_count(source)
        with closing(apsw.Connection(str(partial))) as copy:
            # It counts only once it is complete: until then nothing has to survive a crash.
            copy.execute("PRAGMA journal_mode = off").fetchall()
            copy.execute("PRAGMA synchronous = off")
            with _writing_errors(target), copy.backup("main", source, "main") as backup:
                while not backup.done:
                    backup.step(_STEP)
                    if not progress(total - backup.remaining, 2 * total):
                        raise Cancelled
        source.execute("ROLLBACK")


def _verify(partial: Path, target: Path, progress: Progress) -> None:
    """Check the copy as SQLite does. Raises `Cancelled` and `StorageCorrupt`."""
    with _damage_is(target), closing(open_untouched(partial)) as copy:
        total = page_count(copy)

        def look() -> bool:
            return progress(total + min(pages_read(copy), total), 2 * total)

        with watched(copy, look):
            found = copy.execute("PRAGMA integrity_check(1)").fetchall()
        if found != [("ok",)]:
            raise _damaged(target, found[0][0])
        progress(2 * total, 2 * total)


def _damaged(target: Path, detail: object) -> StorageCorrupt:
    return StorageCorrupt(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The copy for {file} is not sound ({detail}) and was removed. Check the database: "
            "if it is sound, check the disk that the copy went to.",
        ),
        file=target,
        detail=detail,
    )


@contextmanager
def _damage_is(target: Path) -> Iterator[None]:
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError, apsw.IOError) as error:
        raise _damaged(target, error) from error


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _take_name(partial: Path, target: Path, overwrite: bool) -> None:
    """Give the finished copy its name, in one step and without replacing what came meanwhile."""
    if overwrite:
        partial.replace(target)
    elif os.name == "nt":
        partial.rename(target)  # fails there if the name is taken
    else:
        try:
            target.hardlink_to(partial)
        except FileExistsError:
            raise _refusal(_EXISTS, target) from None
        except OSError:  # a file system without hard links
            if target.exists():
                raise _refusal(_EXISTS, target) from None
            partial.rename(target)


def _sync_folder(folder: Path) -> None:
    """Sync the folder, so that the new name survives a power failure."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network shares know no such
            raise
    finally:
        os.close(handle)


@contextmanager
def _writing_errors(target: Path) -> Iterator[None]:
    """Tell trouble with the copy from trouble with the database that is read."""
    try:
        yield
    except apsw.FullError as error:
        raise _full(target) from error
    except apsw.IOError as error:
        if getattr(error, "extendedresult", 0) in {
            apsw.SQLITE_IOERR_READ,
            apsw.SQLITE_IOERR_SHORT_READ,
        }:
            raise
        raise _not_written(target, str(error)) from error


@contextmanager
def _target_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _full(target) from error
        raise _not_written(target, error.strerror or type(error).__name__) from error


def _full(target: Path, needed: int | None = None) -> StorageFull:
    if needed is None:
        return StorageFull(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "There is no space left for the backup {file}. Free some space, or choose "
                "another disk.",
            ),
            file=target,
        )
    return StorageFull(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The backup {file} would need {needed:,} bytes, and there is less free. Free some "
            "space, or choose another disk.",
        ),
        file=target,
        needed=needed,
    )


def _not_written(target: Path, detail: str) -> StorageError:
    return StorageError(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "The backup {file} can't be written ({detail}). Choose another folder or disk.",
        ),
        file=target,
        detail=detail,
    )
