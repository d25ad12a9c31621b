"""The ways to speak to a server: with and without pipelining, plain, STARTTLS and implicit TLS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations

import pytest

from mailadmin.domain.provider import Encryption
from tests.faults.product import Product
from tests.servers.aiosmtpd_server import PASSWORD
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import (
    Action,
    ScriptedServer,
    scripted_server,
    start_tls,
)

_OFFERS = ["SIZE 100000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"]


@dataclass(frozen=True, slots=True)
class Variant:
    """What the server offers and the provider is set to."""

    pipelining: bool
    encryption: Encryption

    def __str__(self) -> str:
        dialogue = "pipelined" if self.pipelining else "plain"
        return f"{dialogue}-{self.encryption.value}"

    def ehlo(self, *without: str) -> str:
        """The answer to EHLO."""
        offers = [offer for offer in _OFFERS if offer not in without]
        if self.pipelining:
            offers.insert(0, "PIPELINING")
        if self.encryption is Encryption.TLS:
            offers.insert(0, "STARTTLS")
        return "\n".join(["250-scripted", *(f"250-{offer}" for offer in offers), "250 HELP"])

    @contextmanager
    def server(
        self,
        certificates: Certificates,
        answers: Mapping[str, str | Action | list[str | Action]] | None = None,
    ) -> Iterator[ScriptedServer]:
        """Run a scripted server of this kind."""
        context = certificates.valid.context()
        basis: dict[str, str | Action | list[str | Action]] = {
            "EHLO": self.ehlo(),
            "STARTTLS": start_tls(context),
        }
        implicit = context if self.encryption is Encryption.SSL else None
        with scripted_server({**basis, **(answers or {})}, tls=implicit) as server:
            yield server

    def provider(
        self,
        product: Product,
        server: ScriptedServer,
        certificates: Certificates,
        caption: str = "Relay",
        **changes: object,
    ) -> int:
        """A provider for such a server, that signs in."""
        return product.provider(
            server.port,
            caption,
            encryption=self.encryption,
            ca_file=certificates.ca_file,
            password=PASSWORD,
            **changes,
        )


VARIANTS = [
    Variant(pipelining, encryption) for encryption in Encryption for pipelining in (False, True)
]
PLAIN = Variant(False, Encryption.NONE)
PIPELINED = Variant(True, Encryption.NONE)
SECURE = Variant(True, Encryption.TLS)


def all_pairs(cases: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Of `cases` so many that any two values that meet in one of them still meet in another.

    Faults that need three values at once are rare, and each case costs a server and two runs of
    the sender.
    """
    pairs = {case: set(combinations(enumerate(case), 2)) for case in cases}
    left = set().union(*pairs.values())
    chosen = []
    while left:
        best = max(pairs, key=lambda case: len(left & pairs[case]))
        left -= pairs[best]
        chosen.append(best)
    return chosen


def sampled(cases: Iterable[tuple[object, ...]], every: int) -> list[object]:
    """Parameters for pytest: every so many-th case, and the others in `make faults`."""
    return [
        pytest.param(
            *case,
            id="-".join(map(_name, case)),
            marks=[] if not number % every else [pytest.mark.thorough],
        )
        for number, case in enumerate(cases)
    ]


def _name(value: object) -> str:
    name = getattr(value, "__name__", str(value))
    return name[:24].replace(" ", "_")
