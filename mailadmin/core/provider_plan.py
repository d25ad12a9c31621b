"""What an import of providers would do: pure comparison of a file with what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from mailadmin.core.domain import Provider
from mailadmin.core.provider_file import FILE_FIELDS, FileEntry

_WHERE = ("host", "port", "username", "encryption", "ca_file", "trusted_fingerprint")


class Standing(Enum):
    """How an entry of a file stands to what is stored."""

    NEW = "new"
    CHANGED = "changed"  # stored under the same uid, with other values
    SAME = "same"
    FAULTY = "faulty"


@dataclass(frozen=True)
class PlannedProvider:
    """One entry, and what it means.

    `changes` are the fields of the stored provider that would become others. `same_caption`: a
    provider with another uid has the same caption, in the store or earlier in the file.
    """

    entry: FileEntry
    standing: Standing
    stored: Provider | None = None
    changes: tuple[str, ...] = ()
    same_caption: bool = False

    @property
    def password_goes_elsewhere(self) -> bool:
        """Whether the password that is kept for it would be used in another place, or otherwise."""
        provider = self.entry.provider
        signs_in = provider is not None and bool(provider.username)
        return signs_in and not set(self.changes).isdisjoint(_WHERE)


@dataclass(frozen=True)
class BroughtIn:
    """What became of the providers of a file, as they are stored now."""

    added: tuple[Provider, ...] = ()
    updated: tuple[Provider, ...] = ()
    left: tuple[Provider, ...] = ()  # were there and stay as they were


def plan_import(entries: Sequence[FileEntry], stored: Sequence[Provider]) -> list[PlannedProvider]:
    """What importing `entries` would do, in their order."""
    by_uid = {provider.uid: provider for provider in stored}
    captions = {(provider.caption.casefold(), provider.uid) for provider in stored}
    planned = []
    for entry in entries:
        provider = entry.provider
        if provider is None:
            planned.append(PlannedProvider(entry, Standing.FAULTY))
            continue
        caption = provider.caption.casefold()
        same_caption = any(other == caption and uid != provider.uid for other, uid in captions)
        captions.add((caption, provider.uid))
        known = by_uid.get(provider.uid)
        if known is None:
            planned.append(PlannedProvider(entry, Standing.NEW, same_caption=same_caption))
            continue
        changes = changed_fields(known, provider)
        standing = Standing.CHANGED if changes else Standing.SAME
        planned.append(PlannedProvider(entry, standing, known, changes, same_caption))
    return planned


def changed_fields(before: Provider, after: Provider) -> tuple[str, ...]:
    """The fields of a file in which the two differ."""
    return tuple(name for name in FILE_FIELDS if getattr(before, name) != getattr(after, name))
