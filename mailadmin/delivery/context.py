"""What the parts of one sender share, handed down from the Deliverer to each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from mailadmin.credentials import CredentialStore
from mailadmin.delivery.agenda import Agenda
from mailadmin.delivery.clock_watch import ClockWatch
from mailadmin.delivery.followed_pause import FollowedPause
from mailadmin.delivery.group_commit import GroupCommit
from mailadmin.delivery.notices import Notices
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.delivery.owner import owner_name
from mailadmin.delivery.state import AttemptEnded, Notice
from mailadmin.delivery.traffic import Traffic
from mailadmin.drivers.registry import Drivers
from mailadmin.store import Store


class DeliveryContext:
    """The store and the group commit, the options, who sends, and to whom it is told.

    `on_notice` and `on_ended` are called in the loop's thread: an incident that somebody must act
    on, and attempts that ended once that is durable. `jitter` gives a number in [0, 1).
    """

    def __init__(
        self,
        store: Store,
        credentials: CredentialStore,
        drivers: Drivers,
        options: DeliveryOptions,
        *,
        jitter: Callable[[], float],
        on_notice: Callable[[Notice], None],
        on_ended: Callable[[Sequence[AttemptEnded]], None],
    ) -> None:
        self.store: Final = store
        self.credentials: Final = credentials
        self.drivers: Final = drivers
        self.jitter: Final = jitter
        self.on_ended: Final = on_ended
        self.owner: Final = owner_name()
        self.agenda: Final = Agenda()
        self.traffic: Final = Traffic()
        self.notices: Final = Notices(on_notice)
        self.commit: Final = GroupCommit(store, self.owner, options, self.agenda, self.traffic)
        self.pause: Final = FollowedPause(store, self.commit)
        self.clock: Final = ClockWatch(store)
        self._given = options  # in force while nothing is stored
        self._options = options

    @property
    def options(self) -> DeliveryOptions:
        """How the sender behaves now: what it was given, with the preferences that are stored."""
        return self._options

    def read_preferences(self) -> None:
        """Take over the preferences as they are stored. Raises `StorageError`."""
        self._options = self.store.settings.preferences(self._given)

    @property
    def may_claim(self) -> bool:
        """Whether anything new may be begun: not before what is known already is recorded."""
        commit, pause = self.commit, self.pause
        in_trouble = commit.resting or (commit.trouble is not None and commit.unrecorded)
        return pause.known and not (pause.in_force or self.agenda.stopping or in_trouble)
