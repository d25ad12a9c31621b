"""The values that each field of a provider may and may not have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import trustme

from mailadmin.domain.provider import Encryption
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.checks import ca_file_problem, is_loopback
from mailadmin.providers.validation import (
    field_problem,
    validate_provider,
    validated_fields,
)
from tests.smtp_providers import smtp_provider, with_changes

DRIVERS = standard_drivers()

PROVIDER = smtp_provider("Main", "smtp.example.org", 587, "news@example.org")


def test_a_valid_provider_has_no_problem() -> None:
    assert validate_provider(PROVIDER, DRIVERS) == []


def test_problems_name_their_fields_in_the_order_of_the_form() -> None:
    broken = smtp_provider(
        caption=" ",
        host="smtp://x",
        port=0,
        send_from="nobody",
        username="a\nb",
        send_from_name="a\rb",
        encryption=Encryption.NONE,
        ca_file="/does/not/exist",
        trusted_fingerprint="12",
        priority=-1,
        weight=0,
        max_connections=0,
        messages_per_connection=0,
        limit_per_second=0,
        limit_per_minute=0,
        limit_per_hour=0,
        limit_per_day=0,
    )
    problems = validate_provider(broken, DRIVERS)
    validated = validated_fields(broken, DRIVERS)
    assert [problem.field for problem in problems] == list(validated)
    assert set(validated) == set(broken.values()) - {"uid", "driver", "enabled"}
    for problem in problems:
        assert str(field_problem(broken, problem.field, DRIVERS)) == str(problem)
        assert field_problem(PROVIDER, problem.field, DRIVERS) is None


GOOD: list[tuple[str, Any]] = [
    ("caption", "Büro – Newsletter 😀"),
    ("caption", "x" * 200),
    ("host", "localhost"),
    ("host", "SMTP.Example.ORG"),
    ("host", "mail_relay"),
    ("host", "xn--bcher-kva.example"),
    ("host", "bücher.example"),
    ("host", "smtp.straße.example"),
    ("host", "نامه\u200cای.com"),
    ("host", "_smtp.bücher"),
    ("host", "xn--53h.example"),
    ("host", "192.0.2.1"),
    ("host", "2001:db8::1"),
    ("host", "::1"),
    ("host", "1and1.com"),
    ("host", "a" * 63 + ".org"),
    ("port", 1),
    ("port", 65535),
    ("username", ""),
    ("username", "ann@example.org"),
    ("send_from", "änn@bücher.example"),
    ("send_from_name", ""),
    ("send_from_name", "Ann, the “boss”"),
    ("ca_file", ""),
    ("trusted_fingerprint", ""),
    ("trusted_fingerprint", "ab" * 32),
    ("trusted_fingerprint", ":".join(["AB"] * 32)),
    ("limit_per_day", None),
    ("limit_per_day", 1),
    ("priority", 0),
]
BAD: list[tuple[str, Any]] = [
    ("caption", ""),
    ("caption", "a\nb"),
    ("caption", "a\u202eb"),
    ("caption", "x" * 201),
    ("host", ""),
    ("host", "smtp.example.org "),
    ("host", "smtp example"),
    ("host", "smtp.example.org:587"),
    ("host", "https://smtp.example.org"),
    ("host", "ann@example.org"),
    ("host", "smtp..example.org"),
    ("host", "smtp.example.org."),
    ("host", "-smtp.example.org"),
    ("host", "[::1]"),
    ("host", "[192.0.2.1]"),
    ("host", "smtp\u200b.example"),
    ("host", "smtp。example"),
    ("host", "☕.example"),
    ("host", "smtp.\u0308x.example"),
    ("host", "smtp.example.-org"),
    ("host", "127.1"),
    ("host", "300.0.0.1"),
    ("host", "a" * 64 + ".org"),
    ("host", "a." * 130 + "org"),
    ("host", "smtp\u2100.example"),
    ("host", "a\r\nb"),
    ("port", 0),
    ("port", 65536),
    ("port", -1),
    ("username", "a\0b"),
    ("send_from", ""),
    ("send_from", "news"),
    ("send_from", "News <news@example.org>"),
    ("send_from", " news@example.org"),
    ("send_from", "news@example.org\r\nBcc: eve@example.org"),
    ("send_from_name", "a\tb"),
    ("ca_file", "a\0b"),
    ("ca_file", "/"),
    ("trusted_fingerprint", "ab" * 20),
    ("trusted_fingerprint", "zz" * 32),
    ("weight", 0),
    ("limit_per_hour", 0),
]


@pytest.mark.parametrize(("field", "value"), GOOD)
def test_a_good_value_has_no_problem(field: str, value: object) -> None:
    changes: dict[str, Any] = {field: value}
    assert field_problem(with_changes(PROVIDER, **changes), field, DRIVERS) is None


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_bad_value_has_a_problem_of_its_field(field: str, value: object) -> None:
    changes: dict[str, Any] = {field: value}
    problem = field_problem(with_changes(PROVIDER, **changes), field, DRIVERS)
    assert problem is not None
    assert problem.field == field
    assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("LocalHost", True),
        ("localhost.", True),
        ("ｌｏｃａｌｈｏｓｔ", True),
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("", False),
        ("localhost.example.org", False),
        ("notlocalhost", False),
        ("127.0.0.1.example.org", False),
        ("127.1", False),
        ("126.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("192.168.0.1", False),
        ("::2", False),
        ("::ffff:192.0.2.1", False),
    ],
)
def test_a_provider_may_be_unencrypted_only_on_a_loopback_host(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    plain = with_changes(PROVIDER, host=host, encryption=Encryption.NONE)
    assert (field_problem(plain, "encryption", DRIVERS) is None) is loopback
    assert (
        field_problem(with_changes(plain, encryption=Encryption.TLS), "encryption", DRIVERS) is None
    )


def test_a_ca_file_without_a_certificate_is_refused(tmp_path: Path) -> None:
    good = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(good)
    assert field_problem(with_changes(PROVIDER, ca_file=str(good)), "ca_file", DRIVERS) is None

    other = tmp_path / "other.pem"
    other.write_bytes(b"\x30\x82 DER or something else")
    for path, reason in ((other, "no certificate"), (tmp_path / "missing", "can't be read")):
        problem = field_problem(with_changes(PROVIDER, ca_file=str(path)), "ca_file", DRIVERS)
        assert problem is not None
        assert reason in str(problem)


@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files")
def test_a_pipe_as_ca_file_is_refused_unopened(tmp_path: Path) -> None:
    """Opening a pipe waits for a writer; the test would never end."""
    pipe = tmp_path / "ca.pem"
    os.mkfifo(pipe)
    problem = ca_file_problem(str(pipe))
    assert str(problem) == "This is not a regular file. Choose another."


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device")
def test_a_device_as_ca_file_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Path, "open", opened)
    assert "not a regular file" in str(ca_file_problem("/dev/zero"))
