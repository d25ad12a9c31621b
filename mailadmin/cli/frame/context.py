"""What a command works with: the database and the passwords, opened when first asked for."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from mailadmin.cli.frame.output import Output

if TYPE_CHECKING:
    from mailadmin.credentials import CredentialStore
    from mailadmin.delivery.options import DeliveryOptions
    from mailadmin.demo import Demo
    from mailadmin.diagnostics.log_file import OnTrouble
    from mailadmin.diagnostics.recording import Recording
    from mailadmin.drivers.registry import Drivers
    from mailadmin.preferences import Preferences
    from mailadmin.store import Store


class Place(NamedTuple):
    """Which database a command is for."""

    database: str | None  # path or URL; None: the user's own
    demo: bool = False
    portable: bool = False


class Context:
    """Opens what a command needs and closes it at the end of the `with` block."""

    def __init__(self, place: Place, output: Output, errors: Output) -> None:
        """`output` is for results, `errors` for events and notices."""
        self._place = place
        self._opened = ExitStack()
        self.recording: Recording | None = None  # of this run, if it keeps a log
        self.output = output
        self.errors = errors

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened."""
        self._opened.close()

    @cached_property
    def demo(self) -> Demo | None:
        """The throw-away database and its servers, with `--demo`."""
        if not self._place.demo:
            return None
        from mailadmin.demo import Demo

        demo = Demo.start(self.drivers)
        self._opened.callback(demo.close)
        return demo

    @cached_property
    def location(self) -> str | Path:
        """Path or URL of the database."""
        if self.demo is not None:
            return self.demo.location
        if self._place.database is not None:
            return self._place.database
        from mailadmin.place.paths import AppPaths

        return AppPaths.of(portable=self._place.portable).database

    @cached_property
    def drivers(self) -> Drivers:
        """How providers are sent through."""
        from mailadmin.drivers.registry import standard_drivers

        return standard_drivers()

    @cached_property
    def store(self) -> Store:
        """The database, opened. Raises `StorageError` and, for a bad location, `InvalidInput`."""
        from mailadmin.store import Store

        store = Store.open(self.location, self.drivers)
        self._opened.callback(store.close)
        return store

    @cached_property
    def credentials(self) -> CredentialStore:
        """Where passwords are."""
        from mailadmin.credentials import CredentialResolver

        if self.demo is not None:
            return self.demo.credentials
        credentials = CredentialResolver()
        self._opened.callback(credentials.close)
        return credentials

    def record(self, program: str, on_trouble: OnTrouble) -> Recording:
        """Keep the log of `program` from now on; a demo leaves none."""
        from mailadmin.diagnostics.recording import Recording

        recording = Recording(self._log_folder(), program, on_trouble=on_trouble)
        recording.start(f"database {'of a demo' if self._place.demo else self.location}")
        self._opened.callback(recording.stop)
        self.recording = recording
        return recording

    def _log_folder(self) -> Path | None:
        from mailadmin.place.paths import AppPaths

        if self._place.demo:
            return None
        try:
            return AppPaths.of(portable=self._place.portable).log_dir
        except FileNotFoundError:  # of resources, which a command may well do without
            return None

    @property
    def delivery(self) -> DeliveryOptions:
        """How mail is sent."""
        from mailadmin.delivery.options import DeliveryOptions

        return DeliveryOptions() if self.demo is None else self.demo.options

    @property
    def defaults(self) -> Preferences:
        """The preferences in force while nothing is stored."""
        from mailadmin.preferences import Preferences

        return Preferences() if self.demo is None else self.demo.options
