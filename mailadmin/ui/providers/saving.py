"""Saving a provider with its password: each where it belongs, neither in the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from mailadmin.credentials import CredentialStore
from mailadmin.domain.errors import KnownError
from mailadmin.domain.provider import Provider, StoredProvider
from mailadmin.store import Store
from mailadmin.store.providers import Providers
from mailadmin.ui.providers.password_field import PasswordChange
from mailadmin.ui.threads.background import Background
from mailadmin.ui.threads.task import Task


class ProviderSaving(QObject):
    """First the password, then the provider.

    The other way round a sender that waits for the change would sign in with the old password.
    When the password can't be kept nothing at all is changed.
    """

    saved = Signal(StoredProvider)
    passwordKept = Signal()  # the provider itself is not stored yet
    passwordFailed = Signal(KnownError)
    failed = Signal(KnownError)
    ended = Signal()  # whatever came of it, also when it was cancelled

    def __init__(
        self,
        store: Store,
        credentials: CredentialStore,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._providers = store.providers
        self._credentials = credentials
        self._background = background
        self._task: Task[None] | Task[StoredProvider] | None = None
        self._cancellable = False

    @property
    def running(self) -> bool:
        """Whether something is being saved."""
        return self._task is not None

    def start(self, provider: Provider, change: PasswordChange | None) -> None:
        """Save `provider`, after carrying out `change`."""
        if change is None:
            self._store(provider)
            return
        self._cancellable = True

        def kept(_: None) -> None:
            self._task = None
            self.passwordKept.emit()
            self._store(provider)

        self._task = self._background.run_detached(
            self._password_work(provider, change),
            kept,
            self._password_failed,
            owner=self,
            ended=self._end_if_idle,
        )

    def cancel(self) -> bool:
        """Stop waiting for a keyring that does not answer; False if it is too late for that."""
        if self._task is None or not self._cancellable:
            return False
        self._task.cancel()
        self._finish()
        return True

    def _password_work(self, provider: Provider, change: PasswordChange) -> Callable[[], None]:
        credentials, secret = self._credentials, change.secret

        def work() -> None:
            if secret is None:
                credentials.remove(provider)
            elif change.session_only:
                credentials.keep_for_session(provider, secret)
            else:
                credentials.save(provider, secret)

        return work

    def _store(self, provider: Provider) -> None:
        self._cancellable = False
        self._task = self._background.write(
            partial(_save, self._providers, provider),
            self._stored,
            self._failed,
            owner=self,
            ended=self._end_if_idle,
        )

    def _stored(self, provider: StoredProvider) -> None:
        self._finish()
        self.saved.emit(provider)

    def _password_failed(self, error: KnownError) -> None:
        self._finish()
        self.passwordFailed.emit(error)

    def _failed(self, error: KnownError) -> None:
        self._finish()
        self.failed.emit(error)

    def _end_if_idle(self) -> None:
        if self._task is not None and self._task.finished:
            self._finish()  # a bug, which is reported elsewhere

    def _finish(self) -> None:
        self._task = None
        self._cancellable = False
        self.ended.emit()


def _save(providers: Providers, provider: Provider) -> StoredProvider:
    """Change a stored provider, add another. Raises `NotFound` and `RuleViolation`."""
    if isinstance(provider, StoredProvider):
        return providers.update(provider)
    return providers.add(provider)
