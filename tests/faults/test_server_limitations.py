"""What a server can't take: greylisting, SIZE, no 8BITMIME, no SMTPUTF8."""

from __future__ import annotations

import pytest

from tests.faults.product import ANN, Product, minutes
from tests.faults.variants import PIPELINED, PLAIN, SECURE, Variant
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import POLITE, Answers, ScriptedServer

KINDS = pytest.mark.parametrize("variant", [PLAIN, PIPELINED, SECURE], ids=str)


def greylisted(product: Product, variant: Variant, certificates: Certificates) -> None:
    """Turned away at first. The second provider would be unknown to the server all the more."""
    answers: Answers = {"RCPT": ["450 4.7.1 greylisted, see you in a minute", POLITE["RCPT"]]}
    with (
        variant.server(certificates, answers) as server,
        variant.server(certificates) as second,
    ):
        variant.provider(product, server, certificates, priority=1)
        variant.provider(product, second, certificates, "Second", priority=2)
        product.accept(ANN)
        product.send()
        assert (product.row().status, product.row().attempts) == ("DEFERRED", 1)
        assert minutes(0.79, 1.25, product.queue())
        product.retry()
        assert product.log() == {ANN: "SUCCESS"}
        assert [attempt.provider for attempt in product.tries()] == ["Relay", "Relay"]
        assert len(server.transfers) == 1
        assert second.peers == []


@KINDS
def test_greylisting_never_fails_over(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    greylisted(product, variant, certificates)


def fails_without_data(product: Product, server: ScriptedServer, *words: str) -> None:
    """Nothing of the message is sent, the reason says why, and the next message goes."""
    product.accept(ANN)
    product.send()
    (row,) = product.queue()
    assert (row.status, row.next) == ("FAILED", None)
    for word in words:
        assert word in row.reason
    assert [transfer.content for transfer in server.transfers] == [product.sent[-1]]
    assert sum(peer.verbs.count("DATA") for peer in server.peers) == 1


@KINDS
def test_a_message_over_the_announced_size_fails_without_data(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    answers: Answers = {"EHLO": variant.ehlo().replace("SIZE 100000000", "SIZE 5000")}
    with variant.server(certificates, answers) as server:
        variant.provider(product, server, certificates)
        product.accept(ANN, size=6000)
        fails_without_data(product, server, "5,000")


@KINDS
def test_too_large_by_the_servers_own_word(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    """SIZE without a number, and the refusal at MAIL (RFC 1870 §6.1)."""
    answers: Answers = {
        "EHLO": variant.ehlo().replace("SIZE 100000000", "SIZE"),
        "MAIL": ["552 5.3.4 message too big", POLITE["MAIL"]],
    }
    with variant.server(certificates, answers) as server:
        variant.provider(product, server, certificates, max_connections=1)
        product.accept(ANN, size=6000)
        product.send()
        assert product.row().status == "FAILED"
        assert "552 5.3.4 message too big" in product.row().reason
        assert server.transfers == []


@KINDS
def test_8_bit_text_to_a_server_for_7_bits(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    with variant.server(certificates, {"EHLO": variant.ehlo("8BITMIME", "SMTPUTF8")}) as server:
        variant.provider(product, server, certificates)
        product.accept(ANN, body="Grüße\r\n".encode())
        fails_without_data(product, server, "8BITMIME")


@KINDS
def test_8_bit_text_to_a_server_for_8_bits(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    with variant.server(certificates) as server:
        variant.provider(product, server, certificates)
        product.accept(ANN, body="Grüße\r\n".encode())
        product.send()
        assert server.messages == product.sent
        (mail,) = [line for line in server.last.commands if line.startswith("MAIL")]
        assert "BODY=8BITMIME" in mail


@KINDS
def test_an_address_the_server_can_not_take(
    product: Product, certificates: Certificates, variant: Variant
) -> None:
    with variant.server(certificates, {"EHLO": variant.ehlo("SMTPUTF8")}) as server:
        variant.provider(product, server, certificates)
        product.accept("jörg@example.net")
        fails_without_data(product, server, "jörg@example.net", "SMTPUTF8")


@pytest.mark.parametrize("without", ["", "SMTPUTF8"])
def test_a_domain_of_another_script(
    product: Product, certificates: Certificates, without: str
) -> None:
    """With SMTPUTF8 as it is, without it as its Punycode (RFC 5891): either way it is taken."""
    with PIPELINED.server(certificates, {"EHLO": PIPELINED.ehlo(without)}) as server:
        PIPELINED.provider(product, server, certificates)
        product.accept("ann@bücher.example")
        product.send()
        assert product.queue() == []
        (transfer,) = server.transfers
        expected = "ann@xn--bcher-kva.example" if without else "ann@bücher.example"
        assert transfer.recipients == (expected,)


def test_control(product: Product, certificates: Certificates) -> None:
    product.quick = product.quick.breaking("temporary_is_permanent")
    with pytest.raises(AssertionError):
        greylisted(product, PIPELINED, certificates)
