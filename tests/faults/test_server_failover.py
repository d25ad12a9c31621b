"""From one provider to the next: after the provider failed, never for what may have gone."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.product import ANN, BOB, Product
from tests.faults.senders import sender
from tests.faults.variants import PIPELINED, PLAIN, Variant
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import (
    Answers,
    ScriptedServer,
    drop,
    garbage,
    scripted_server,
)

MESSAGES = 6
FAILS: dict[str, Answers] = {
    "no greeting": {"GREETING": drop},
    "421 at once": {"GREETING": "421 4.3.2 closing"},
    "554 at once": {"GREETING": "554 5.7.1 not you"},
    "no EHLO": {"EHLO": drop},
    "nonsense": {"GREETING": garbage},
    "421 to MAIL": {"MAIL": "421 4.3.2 closing"},
    "530 to MAIL": {"MAIL": "530 5.7.0 sign in"},
    "lost at MAIL": {"MAIL": drop},
}
STAYS: dict[str, tuple[Answers, str]] = {
    "greylisted": ({"RCPT": "450 4.7.1 greylisted"}, "DEFERRED"),
    "busy mailbox": ({"RCPT": "452 4.2.2 full"}, "DEFERRED"),
    "no such user": ({"RCPT": "550 5.1.1 no such user"}, "FAILED"),
    "spam": ({"END": "554 5.7.1 spam"}, "FAILED"),
    "later": ({"END": "451 4.3.0 later"}, "DEFERRED"),
    "lost after the dot": ({"END": drop}, "UNCERTAIN"),
    "nonsense after the dot": ({"END": garbage}, "UNCERTAIN"),
}


def two_providers(product: Product, first: int, second: ScriptedServer) -> None:
    """The second is for when the first can't."""
    product.provider(first, priority=1)
    product.provider(second.port, "Second", priority=2)


def fails_over(product: Product, answers: Answers) -> None:
    """All mail goes through the second provider, at once, each once, and no attempt is used up."""
    with scripted_server(answers) as first, scripted_server() as second:
        two_providers(product, first.port, second)
        for _ in range(MESSAGES):
            product.accept()
        product.send()
        assert product.queue() == []
        assert sorted(second.messages) == sorted(product.sent)
        assert first.transfers == []


@pytest.mark.parametrize("case", FAILS)
def test_after_the_providers_own_failure(product: Product, case: str) -> None:
    fails_over(product, FAILS[case])


def test_after_a_refused_connection(product: Product, closed_port: int) -> None:
    with scripted_server() as second:
        two_providers(product, closed_port, second)
        product.accept()
        product.send()
        assert product.queue() == []
        assert second.messages == product.sent


@pytest.mark.parametrize("case", STAYS)
def test_not_for_what_concerns_the_message_or_may_have_gone(product: Product, case: str) -> None:
    stays(product, case)


def stays(product: Product, case: str) -> None:
    answers, status = STAYS[case]
    with scripted_server(answers) as first, scripted_server() as second:
        two_providers(product, first.port, second)
        product.accept(ANN)
        product.send()
        product.send()
        assert (product.row().status, product.row().attempts) == (status, 1)
        if status != "FAILED":
            product.retry()  # now, without the wait: still through the first one
        assert second.peers == []
        assert len(first.transfers) <= 2


@pytest.mark.parametrize("variant", [PLAIN, PIPELINED], ids=str)
def test_an_uncertain_message_waits_for_its_provider(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    """Its provider can't be had, the other one could: it waits, and says for what."""
    with (
        variant.server(certificates, {"END": [drop, "250 2.0.0 taken"]}) as first,
        scripted_server() as second,
    ):
        provider_id = variant.provider(product, first, certificates, priority=1)
        product.provider(second.port, "Second", priority=2)  # needs no password: ready at once
        product.accept(ANN)
        product.send()
        product.do("providers", "disable", provider_id)
        product.accept(BOB)
        product.retry()
        assert [row.email for row in product.queue()] == [ANN]
        assert second.messages == [product.sent[1]]
        product.do("providers", "enable", provider_id)
        product.retry()
        assert product.queue() == []
        assert [attempt.possible_duplicate for attempt in product.tries(1)] == [False, True]
        assert len(first.transfers) == 2


def test_mail_waits_when_all_providers_fail(product: Product) -> None:
    """Each is asked once for a message, and then it waits: no going round in circles."""
    with (
        scripted_server({"GREETING": "421 4.3.2 closing"}) as first,
        scripted_server({"GREETING": "421 4.3.2 closing"}) as second,
    ):
        two_providers(product, first.port, second)
        product.accept()
        product.send()
        assert (product.row().status, product.row().attempts) == ("DEFERRED", 1)
        assert (len(first.peers), len(second.peers)) == (1, 1)


@pytest.mark.parametrize(
    ("broken", "case"),
    [("any_failure_fails_over", "greylisted"), ("unknown_is_deferred", "lost after the dot")],
)
def test_control_stays(product: Product, broken: str, case: str) -> None:
    product.quick = product.quick.breaking(broken)
    with pytest.raises((AssertionError, ValueError)):
        stays(product, case)


def test_control_fails_over(product: Product) -> None:
    product.quick = product.quick.breaking("nothing_fails_over")
    with pytest.raises(AssertionError):
        fails_over(product, FAILS["421 at once"])


def test_equals_share_by_weight(product: Product) -> None:
    """Both have room for each message that comes."""
    with scripted_server() as first, scripted_server() as second:
        product.provider(first.port, weight=3)
        product.provider(second.port, "Second", weight=1)
        with sender(product) as running:
            for number in range(16):
                product.accept()
                running.wait(" sent: ", number + 1)
            assert running.end() == 0
        assert 11 <= len(first.messages) <= 13
        assert Counter(first.messages + second.messages) == Counter(product.sent)
