"""The replies of the demo's servers to RCPT TO."""

from __future__ import annotations

from typing import Protocol

from mailadmin.message import address_key

ACCEPTED = "250 2.1.5 Recipient OK"
_REFUSE_EVERY = 7
_DEFER_EVERY = 5


class Recipients(Protocol):
    """Decides how a server replies for a recipient."""

    def reply(self, address: str) -> str:
        """Return the reply to RCPT TO for `address`; called once for each RCPT command."""
        ...


class AcceptingRecipients:
    """Accepts every recipient."""

    def reply(self, address: str) -> str:
        """Return 250 for every address."""
        del address
        return ACCEPTED


class PickyRecipients:
    """Refuses every seventh new recipient, and defers every fifth twice before accepting it.

    It counts recipients in the order in which they come, so that a refusal and a deferral are seen
    within the first seven messages, whichever they are. A recipient keeps its place in that order.
    """

    def __init__(self) -> None:
        self._order: dict[tuple[str, str], int] = {}  # address → its place in the order, from 1
        self._asked: dict[tuple[str, str], int] = {}

    def reply(self, address: str) -> str:
        """Return 250, 550 5.1.1 or 451 4.7.1 by the place of `address` in the order."""
        local, domain = address_key(address)
        key = (local.lower(), domain)
        order = self._order.setdefault(key, len(self._order) + 1)
        self._asked[key] = self._asked.get(key, 0) + 1
        if order % _REFUSE_EVERY == 0:
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        if order % _DEFER_EVERY == 0 and self._asked[key] <= 2:
            return f"451 4.7.1 <{address}>: Greylisted, please try again later"
        return ACCEPTED
