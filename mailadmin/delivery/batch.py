"""What is sent in one SMTP transaction: recipients of one message that were claimed together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailadmin.domain.claim import Claim
from mailadmin.domain.domain_names import domain_key

MOST_RECIPIENTS = 50
"""Recipients of one transaction: half of what RFC 5321 §4.5.3.1.8 asks every server to take."""


@dataclass(slots=True)
class Batch:
    """One message and some of its recipients, each with its claim.

    `content` is None if the message is large: it is read when its turn comes. `passed` are the
    recipients whose point of no return was committed: the content may be on its way to them.
    """

    claims: dict[str, Claim]  # by recipient
    content: bytes | None = None
    passed: frozenset[str] = frozenset()

    @property
    def first(self) -> Claim:
        """Any of the claims: they share message, size and envelope sender."""
        return next(iter(self.claims.values()))

    @property
    def domains(self) -> frozenset[str]:
        """The recipients' domains, as `domain_key` has them."""
        return frozenset(domain_key(name.rpartition("@")[2]) for name in self.claims)

    def pass_point(self, recipients: Sequence[str]) -> None:
        """Note that the point of no return of these recipients, and of no others, is committed."""
        self.passed = frozenset(recipients)


def pack(
    claims: Iterable[Claim], contents: Mapping[int, bytes], most_recipients: int = MOST_RECIPIENTS
) -> Iterator[Batch]:
    """Put claims of one message that follow each other together, `most_recipients` at most.

    Each recipient is in a batch once. The order of the claims is kept.
    """
    batch: Batch | None = None
    for claim in claims:
        if (
            batch is None
            or claim.stored_id != batch.first.stored_id
            or claim.recipient in batch.claims
            or len(batch.claims) >= most_recipients
        ):
            if batch is not None:
                yield batch
            batch = Batch({}, contents.get(claim.stored_id))
        batch.claims[claim.recipient] = claim
    if batch is not None:
        yield batch
