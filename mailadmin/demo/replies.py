"""How the demo's servers answer for a recipient."""

from __future__ import annotations

from typing import Protocol

from mailadmin.message import address_key

ACCEPTED = "250 2.1.5 Recipient OK"
_REFUSE_EVERY = 7
_DEFER_EVERY = 5


class Recipients(Protocol):
    """A server's opinion of recipients."""

    def reply(self, address: str) -> str:
        """The reply to RCPT TO for `address`; called once for each time it is asked."""
        ...


class AcceptingRecipients:
    """Takes mail for everybody."""

    def reply(self, address: str) -> str:
        """Always 250."""
        del address
        return ACCEPTED


class PickyRecipients:
    """Refuses every seventh new recipient, and puts off every fifth: twice, then takes the mail.

    By the order in which they come and not by name, so that a refusal and a deferral are seen
    within the first seven messages, whichever they are. It stays with what it once said.
    """

    def __init__(self) -> None:
        self._order: dict[tuple[str, str], int] = {}  # address → when it came first, from 1
        self._asked: dict[tuple[str, str], int] = {}

    def reply(self, address: str) -> str:
        """250, 550 5.1.1 or 451 4.7.1."""
        local, domain = address_key(address)
        key = (local.lower(), domain)
        order = self._order.setdefault(key, len(self._order) + 1)
        self._asked[key] = self._asked.get(key, 0) + 1
        if order % _REFUSE_EVERY == 0:
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        if order % _DEFER_EVERY == 0 and self._asked[key] <= 2:
            return f"451 4.7.1 <{address}>: Greylisted, please try again later"
        return ACCEPTED
