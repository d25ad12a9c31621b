"""What is sent in one SMTP transaction: recipients of one message that were claimed together."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mailadmin.domain.claim import Claim
from mailadmin.domain.domain_names import domain_key

MOST_RECIPIENTS = 50
"""Recipients of one transaction: half of what RFC 5321 §4.5.3.1.8 asks every server to take."""


@dataclass(slots=True)
class Parcel:
    """One message and some of its recipients, each with its claim.

    `content` is None if the message is large: it is read when its turn comes. `passed` are the
    recipients whose point of no return was committed: the content may be on its way to them.
    """

    claims: dict[str, Claim]  # by recipient
    content: bytes | None = None
    passed: frozenset[str] = frozenset()
    claimed_at: float = field(default_factory=time.monotonic)

    @property
    def first(self) -> Claim:
        """Any of the claims: they share message, size and envelope sender."""
        return next(iter(self.claims.values()))

    @property
    def domains(self) -> frozenset[str]:
        """The recipients' domains, as `domain_key` has them."""
        return frozenset(domain_key(name.rpartition("@")[2]) for name in self.claims)


def pack(
    claims: Iterable[Claim], contents: Mapping[int, bytes], most_recipients: int = MOST_RECIPIENTS
) -> Iterator[Parcel]:
    """Put claims of one message that follow each other together, `most_recipients` at most.

    Each recipient is in a parcel once. The order of the claims is kept.
    """
    parcel: Parcel | None = None
    for claim in claims:
        if (
            parcel is None
            or claim.stored_id != parcel.first.stored_id
            or claim.recipient in parcel.claims
            or len(parcel.claims) >= most_recipients
        ):
            if parcel is not None:
                yield parcel
            parcel = Parcel({}, contents.get(claim.stored_id))
        parcel.claims[claim.recipient] = claim
    if parcel is not None:
        yield parcel
