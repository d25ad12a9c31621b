"""What an import of providers would do: pure comparison of a file with what is stored.

A kept password is found by the uid of its provider, by whatever database of the user has one of
that uid. So no provider comes in under the uid that a file gives it: the file may name another
host, which would get the password, and removing the one provider would remove the password of the
other. It gets a fresh uid that begins with its *origin*, a digest of the uid in the file, and is
known again by that: when the file is imported once more, or when it comes back to where it came
from.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from mailadmin.domain.provider import COMMON_FIELDS, Provider, StoredProvider, changed_fields
from mailadmin.drivers.registry import Drivers
from mailadmin.providers.provider_file import FileEntry

_BROUGHT_IN = re.compile(r"([0-9a-f]{16})-[0-9a-f]{32}")  # origin, what makes it fresh


class EntryState(Enum):
    """What an entry of a file is beside what is stored."""

    NEW = "new"
    CHANGED = "changed"  # stored, with other values
    SAME = "same"
    FAULTY = "faulty"


@dataclass(frozen=True)
class PlannedProvider:
    """One entry, and what it means.

    `provider` is what would be stored, under the uid of the `stored` one if it is known, under one
    of its own if not. `changes` are the fields of the stored provider that would become others.
    `same_caption`: another provider has the same caption, in the store or earlier in the file.
    """

    entry: FileEntry
    state: EntryState
    provider: Provider | None = None
    stored: StoredProvider | None = None
    changes: tuple[str, ...] = ()
    same_caption: bool = False
    signs_in: bool = False  # with a password, as it would be stored

    @property
    def changes_of_place(self) -> tuple[str, ...]:
        """Those of `changes` by which a kept password would be used elsewhere, or otherwise.

        These are the driver and all of its settings.
        """
        return tuple(name for name in self.changes if self.signs_in and name not in COMMON_FIELDS)

    @property
    def password_goes_elsewhere(self) -> bool:
        """Whether a password, should one be kept for it, would be used elsewhere, or otherwise."""
        return bool(self.changes_of_place)


def plan_import(
    entries: Sequence[FileEntry], stored: Sequence[StoredProvider], drivers: Drivers
) -> list[PlannedProvider]:
    """What importing `entries` would do, in their order."""
    captions = {(provider.caption.casefold(), provider.uid) for provider in stored}
    found = iter(_found([each.provider for each in entries if each.provider is not None], stored))
    planned = []
    for entry in entries:
        if entry.provider is None:
            planned.append(PlannedProvider(entry, EntryState.FAULTY))
            continue
        known = next(found)
        provider = _under_own_uid(entry.provider, known)
        caption = provider.caption.casefold()
        same_caption = any(other == caption and uid != provider.uid for other, uid in captions)
        captions.add((caption, provider.uid))
        changes = () if known is None else changed_fields(known, provider)
        state = EntryState.CHANGED if changes else EntryState.SAME
        if known is None:
            state = EntryState.NEW
        signs_in = drivers.signs_in(provider)
        planned.append(
            PlannedProvider(entry, state, provider, known, changes, same_caption, signs_in)
        )
    return planned


def under_own_uids(
    providers: Sequence[Provider], stored: Sequence[StoredProvider]
) -> list[Provider]:
    """`providers`, of a file or a plan, under the uids of those they are known as, or fresh ones.

    To be asked right before they are stored: since the plan was made somebody else may have
    brought in the same file.
    """
    found = _found(providers, stored)
    return [_under_own_uid(*each) for each in zip(providers, found, strict=True)]


def _found(
    providers: Sequence[Provider], stored: Sequence[StoredProvider]
) -> list[StoredProvider | None]:
    """What each is known as: the one of its very uid, else one of its origin; none for two."""
    by_uid = {provider.uid: provider for provider in stored}
    found = [by_uid.pop(provider.uid, None) for provider in providers]
    of_origin: dict[str, list[StoredProvider]] = {}
    for other in by_uid.values():
        of_origin.setdefault(_origin(other.uid), []).append(other)
    for place, provider in enumerate(providers):
        kin = of_origin.get(_origin(provider.uid))
        if found[place] is None and kin:
            found[place] = kin.pop(0)
    return found


def _under_own_uid(provider: Provider, known: StoredProvider | None) -> Provider:
    if known is not None:
        return replace(provider, uid=known.uid)
    return replace(provider, uid=f"{_origin(provider.uid)}-{uuid.uuid4().hex}")


def _origin(uid: str) -> str:
    """Equal for a provider and all that were brought in from it, however often it went on."""
    brought_in = _BROUGHT_IN.fullmatch(uid)
    return brought_in[1] if brought_in else hashlib.sha256(uid.encode()).hexdigest()[:16]
