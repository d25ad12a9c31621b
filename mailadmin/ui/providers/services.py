"""What the Providers tab and its dialog need from the rest of the program."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Container, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Protocol

from mailadmin.credentials import CredentialStore, Lookup, Secret
from mailadmin.domain.errors import KnownError
from mailadmin.domain.health import ProviderHealth
from mailadmin.domain.provider import Provider
from mailadmin.domain.topic import Topic
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery

if TYPE_CHECKING:  # the SMTP library is not needed before the first paint
    from mailadmin.drivers.smtp import ProbeResult, ProbeStep, Transcript
    from mailadmin.providers.import_plan import BroughtIn


class ProviderServices(Protocol):
    """Reading and changing providers, their passwords, and testing them.

    Nothing here is for the GUI thread. What reads or changes the store is for the reading thread
    of `Background`; the passwords and the test may hang and get threads of their own. All but
    `look_up` and `probe` raise `KnownError`s.
    """

    def list(self, query: TableQuery) -> list[Provider]: ...

    def get(self, provider_id: int) -> Provider: ...

    def save_provider(self, provider: Provider) -> Provider:
        """Add a provider that has no ID, change one that has; gives what is stored."""
        ...

    def bring_in(self, providers: Sequence[Provider], *, update: Container[str]) -> BroughtIn:
        """Store the providers of a file, all or none; `update` are uids to be changed if there."""
        ...

    def remove(self, provider_id: int) -> Provider: ...

    def set_enabled(self, provider_id: int, enabled: bool) -> Provider: ...

    def resume(self, provider_id: int) -> bool: ...

    def health(self, provider_ids: Sequence[int]) -> dict[int, ProviderHealth]:
        """How these providers have been doing; today began at the user's midnight."""
        ...

    def disable_reason(self, provider: Provider) -> KnownError | None:
        """Why `provider`, stored or not, can't be disabled now; None if it can."""
        ...

    def removal_reason(self, provider: Provider) -> KnownError | None:
        """Why `provider` can't be deleted now; None if it can."""
        ...

    def look_up(self, provider: Provider, *, interactive: bool = False) -> Lookup: ...

    def save_password(self, provider: Provider, secret: Secret) -> None: ...

    def keep_for_session(self, provider: Provider, secret: Secret) -> None: ...

    def forget_password(self, provider: Provider) -> None: ...

    async def probe(
        self,
        provider: Provider,
        secret: Secret | None,
        *,
        on_step: Callable[[ProbeStep], None],
        transcript: Transcript,
    ) -> ProbeResult: ...


class StoredProviders:
    """`ProviderServices` of a store and a place for passwords, with the sender's own SMTP code."""

    def __init__(self, store: Store, credentials: CredentialStore) -> None:
        self._store = store
        self._credentials = credentials

    def list(self, query: TableQuery) -> builtins.list[Provider]:
        """Providers in the order of `query`."""
        return self._store.providers.list(query)

    def get(self, provider_id: int) -> Provider:
        """One provider; raises NotFound."""
        return self._store.providers.get(provider_id)

    def save_provider(self, provider: Provider) -> Provider:
        """Add or change; raises NotFound and RuleViolation."""
        if provider.id is None:
            return self._store.providers.add(provider)
        return self._store.providers.update(provider)

    def bring_in(self, providers: Sequence[Provider], *, update: Container[str]) -> BroughtIn:
        """Add and change in one transaction; raises RuleViolation."""
        return self._store.providers.bring_in(providers, update=update)

    def remove(self, provider_id: int) -> Provider:
        """Delete from the store; gives what it was, its password is still there."""
        return self._store.providers.remove(provider_id)

    def set_enabled(self, provider_id: int, enabled: bool) -> Provider:
        """Enable or disable; raises RuleViolation for the last enabled one."""
        return self._store.providers.set_enabled(provider_id, enabled)

    def resume(self, provider_id: int) -> bool:
        """End a pause."""
        return self._store.providers.resume(provider_id)

    def health(self, provider_ids: Sequence[int]) -> dict[int, ProviderHealth]:
        """What is stored of the providers' health, for every sender and window."""
        midnight = datetime.combine(datetime.now().astimezone().date(), time()).astimezone()
        return self._store.health.get(provider_ids, midnight=midnight)

    def disable_reason(self, provider: Provider) -> KnownError | None:
        """Why one provider must stay enabled."""
        return self._store.providers.may_disable(provider)

    def removal_reason(self, provider: Provider) -> KnownError | None:
        """Why the last enabled one must stay."""
        return self._store.providers.may_remove(provider)

    def look_up(self, provider: Provider, *, interactive: bool = False) -> Lookup:
        """Ask the places passwords are kept in, for a bounded time."""
        return self._credentials.look_up(provider, interactive=interactive)

    def save_password(self, provider: Provider, secret: Secret) -> None:
        """Keep the password in the keyring; raises CredentialError."""
        self._credentials.save(provider, secret)
        self._store.publish(Topic.CREDENTIALS)

    def keep_for_session(self, provider: Provider, secret: Secret) -> None:
        """Keep the password until the program ends."""
        self._credentials.keep_for_session(provider, secret)
        self._store.publish(Topic.CREDENTIALS)

    def forget_password(self, provider: Provider) -> None:
        """Remove the password wherever it is kept; raises CredentialError."""
        self._credentials.remove(provider)
        self._store.publish(Topic.CREDENTIALS)

    async def probe(
        self,
        provider: Provider,
        secret: Secret | None,
        *,
        on_step: Callable[[ProbeStep], None],
        transcript: Transcript,
    ) -> ProbeResult:
        """Connect as the sender would, without sending anything."""
        from mailadmin.drivers.smtp import probe

        return await probe(provider, secret, on_step=on_step, transcript=transcript)
