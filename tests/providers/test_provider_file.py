"""Files of providers are written and read back; faulty fields are named."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.errors import KnownError
from mailadmin.domain.provider import Encryption, Provider, ProviderPause, StoredProvider
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.providers.provider_file import (
    LARGEST_FILE,
    described,
    from_bytes,
    to_text,
)
from mailadmin.providers.validation import validate_provider
from tests.smtp_providers import smtp_provider, stored_provider, with_changes

DRIVERS = standard_drivers()

RELAY = stored_provider(
    caption="Réseau “=1+1”",
    host="smtp.example.org",
    port=2525,
    send_from="ann@example.org",
    username="ann",
    send_from_name="Ann",
    encryption=Encryption.SSL,
    enabled=False,
    trusted_fingerprint="ab" * 32,
    priority=3,
    weight=7,
    max_connections=9,
    messages_per_connection=11,
    limit_per_second=1,
    limit_per_minute=None,
    limit_per_hour=3000,
    limit_per_day=20_000,
    pause=ProviderPause("535 no", datetime(2026, 1, 1, tzinfo=UTC)),
    id=5,
)
CANARY = "canary-7d1e"


def text_of(*entries: object, **more: object) -> bytes:
    content = {"format": "mailadmin providers", "version": 1, "providers": list(entries)}
    return json.dumps(content | more).encode()


def fields_of(provider: Provider = RELAY, **changes: object) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(to_text([provider]))["providers"][0]
    return made | changes


def problems(*entries: object) -> list[str]:
    return [
        str(each) for entry in from_bytes(text_of(*entries), DRIVERS) for each in described(entry)
    ]


def test_providers_read_back_without_id_and_pause() -> None:
    other = smtp_provider("Other", "mx.example.net", 587, "bob@example.net")
    first, second = from_bytes(to_text([RELAY, other]).encode(), DRIVERS)
    assert first.provider == replace(RELAY.without_id(), pause=None)
    assert second.provider == other
    assert [first.number, second.number] == [1, 2]


def test_every_field_but_id_and_pause_is_in_the_file() -> None:
    """A new field of a provider has to be added to the documented format."""
    written = set(fields_of())
    attributes = {field.name for kind in (StoredProvider, SmtpSettings) for field in fields(kind)}
    assert attributes - written == {"id", "pause", "settings"}
    assert written - attributes == {"driver"}
    import mailadmin.providers.provider_file as module

    for name in written:
        assert f'"{name}"' in str(module.__doc__)


def test_the_file_has_non_ascii_text_unescaped() -> None:
    text = to_text([RELAY])
    assert "Réseau “=1+1”" in text
    assert text.endswith("}\n")


def test_missing_fields_have_the_defaults_of_a_new_provider() -> None:
    given = {"uid": "a1", "caption": "R", "host": "mx.example.org", "send_from": "a@example.org"}
    plain, implicit, lower = from_bytes(
        text_of(
            given,
            given | {"uid": "a2", "encryption": "SSL"},
            given | {"uid": "a3", "encryption": "ssl"},
        ),
        DRIVERS,
    )
    expected = smtp_provider("R", "mx.example.org", 587, "a@example.org", uid="a1")
    assert plain.provider == expected
    assert implicit.provider == with_changes(
        expected, uid="a2", port=465, encryption=Encryption.SSL
    )
    assert lower.provider is not None
    assert lower.provider.encryption is Encryption.SSL


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    assert from_bytes(b"\xef\xbb\xbf" + text_of(fields_of()), DRIVERS)[0].provider is not None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"host": "smtp://x"}, "host: This is not a host name."),
        ({"port": "587"}, "port: A whole number belongs here."),
        ({"port": 0}, "port: Enter a port between 1 and 65535"),
        ({"port": True}, "port: A whole number"),
        ({"port": 25.0}, "port: A whole number"),
        ({"enabled": 1}, "enabled: Write true or false."),
        ({"caption": None}, "caption: A text belongs here."),
        ({"caption": ["a"]}, "caption: A text belongs here."),
        ({"caption": "a\r\nb"}, "caption: Line breaks"),
        ({"caption": "a\ud800b"}, "caption: Line breaks"),
        ({"send_from": "nobody"}, "send_from: "),
        ({"send_from": "a@example.org\r\nBcc: b@example.org"}, "send_from: "),
        ({"encryption": "STARTTLS"}, "encryption: Only TLS, SSL, NONE can stand here."),
        ({"encryption": "NONE"}, "encryption: Without encryption only"),
        ({"driver": 5}, "driver: Only smtp, folder can stand here."),
        ({"limit_per_day": -1}, "limit_per_day: Enter a positive number"),
        ({"limit_per_day": "none"}, "limit_per_day: A whole number"),
        ({"priority": None}, "priority: A whole number"),
        ({"priority": 10**30}, "priority: Enter 1,000,000 at most."),
        ({"ca_file": "/no/such/file.pem"}, "ca_file: The file can't be read: No such file"),
        ({"ca_file": "a\x00b"}, "ca_file: The file can't be read"),
        ({"uid": "../x"}, "uid: At most 64 letters"),
        ({"uid": ""}, "uid: At most 64 letters"),
        ({"limit_per_week": 5}, "limit_per_week: There is no field of this name."),
        ({"id": 5}, "id: There is no field of this name."),
        ({"Host": "mx.example.org"}, "Host: There is no field of this name."),
    ],
)
def test_a_faulty_field_is_named(changes: dict[str, object], expected: str) -> None:
    good = fields_of(uid="good", trusted_fingerprint="")
    (told,) = problems(good, fields_of(caption="Bad") | changes)
    assert told.startswith("Provider 2 “")
    assert f": {expected}" in told
    first, second = from_bytes(text_of(good, fields_of() | changes), DRIVERS)
    assert first.provider is not None
    assert second.provider is None


@pytest.mark.parametrize(
    "path",
    [
        r"\\evil.example\share\ca.pem",
        "//evil.example/share/ca.pem",
        r"/\evil.example\share\ca.pem",
        r"\\.\COM1",
        r"\\?\UNC\evil.example\share\ca.pem",
        r"\??\UNC\evil.example\share\ca.pem",
    ],
)
def test_a_ca_file_on_another_computer_is_refused_unopened(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows would sign in there, before the user has seen what is in the file."""
    touched: list[str] = []
    monkeypatch.setattr("mailadmin.drivers.smtp.checks.ca_file_problem", touched.append)
    (told,) = problems(fields_of(ca_file=path))
    assert "ca_file: This names another computer, or a device, and was not opened." in told
    assert touched == []


def test_all_faults_of_an_entry_are_reported() -> None:
    entry = fields_of(port="x", enabled="yes", colour="red")
    del entry["host"]
    assert [each.split(": ")[1] for each in problems(entry)] == [
        "colour",
        "host",
        "port",
        "enabled",
    ]


@pytest.mark.parametrize("name", ["password", "Password", "secret"])
def test_a_password_is_refused_and_not_repeated(name: str) -> None:
    (told,) = problems(fields_of() | {name: CANARY})
    assert f"{name}: Passwords are never read from a file." in told
    (entry,) = from_bytes(text_of(fields_of() | {name: CANARY}), DRIVERS)
    assert CANARY not in repr(entry) + told


def test_an_error_in_the_json_does_not_quote_the_text() -> None:
    with pytest.raises(KnownError) as caught:
        from_bytes(f'{{"password": "{CANARY}", \n oops'.encode(), DRIVERS)
    assert "line 2, column 2" in str(caught.value)
    problem: BaseException | None = caught.value
    while problem is not None:
        assert CANARY not in repr(problem) + str(problem.__dict__)
        problem = problem.__cause__ or (
            None if problem.__suppress_context__ else problem.__context__
        )


def test_two_entries_with_one_uid_are_a_fault() -> None:
    assert problems(fields_of(), fields_of(caption="Again")) == [
        "Provider 2 “Again”: uid: Provider 1 has the same uid."
    ]


def test_a_field_that_is_there_twice_is_a_fault() -> None:
    entry = json.dumps(fields_of())
    double = f'{entry[:-1]}, "host": "mx.evil.example"}}'
    content = text_of(5).replace(b"5]", f"{double}]".encode())
    (told,) = [str(each) for entry in from_bytes(content, DRIVERS) for each in described(entry)]
    assert "host: This field is there twice." in told


def test_a_file_with_two_lists_of_providers_is_refused() -> None:
    content = text_of(fields_of())
    twice = content.replace(b"{", b'{"providers": [],', 1)
    with pytest.raises(KnownError, match="not a file of providers"):
        from_bytes(twice, DRIVERS)


def test_an_entry_that_is_no_object_is_a_fault() -> None:
    assert problems(5) == ["Provider 1 “”: This is not an object with fields."]
    assert problems([]) == ["Provider 1 “”: This is not an object with fields."]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "not JSON: line 1, column 1"),
        (b"ID,Caption\r\n", "not JSON"),
        (b"\xff\xfe{", "not a file of providers"),
        (b"[]", "not a file of providers"),
        (b"{}", "not a file of providers"),
        (b"[" * 100_000, "not a file of providers"),
        (b'{"version": ' + b"9" * 5000 + b"}", "not a file of providers"),
        (text_of(version="1"), "not a file of providers"),
        (text_of(version=True), "not a file of providers"),
        (text_of(version=2), "newer version"),
        (text_of(format="other"), "not a file of providers"),
        (text_of(providers={}), "not a file of providers"),
        (text_of(*[5] * 1001), "1,001 providers; at most 1,000"),
        (b" " * (LARGEST_FILE + 1), "larger than 4 MB"),
    ],
)
def test_a_file_of_another_kind_or_version_is_refused(content: bytes, expected: str) -> None:
    with pytest.raises(KnownError, match=expected):
        from_bytes(content, DRIVERS)


def test_quoted_text_is_short_and_without_control_characters() -> None:
    (told,) = problems(fields_of(caption="x\x1b[31m" * 99) | {"y\u202e" * 99: 1})
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert len(told) < 300


texts = st.text(max_size=20)


@given(
    st.lists(
        st.builds(
            smtp_provider,
            caption=texts,
            host=st.sampled_from(["smtp.example.org", "127.0.0.1", "", "münchen.example", "[::1]"]),
            port=st.integers(-1, 70_000),
            send_from=st.sampled_from(["a@example.org", "x", "ä@münchen.example"]),
            username=texts,
            encryption=st.sampled_from(Encryption),
            enabled=st.booleans(),
            limit_per_day=st.none() | st.integers(-1, 10**10),
        ),
        max_size=3,
    )
)
def test_valid_providers_read_back_and_invalid_ones_are_faults(
    providers: list[Provider],
) -> None:
    entries = from_bytes(to_text(providers).encode("utf-8", "surrogatepass"), DRIVERS)
    for entry, provider in zip(entries, providers, strict=True):
        if validate_provider(provider, DRIVERS):
            assert entry.provider is None
            assert entry.problems
        else:
            assert entry.provider == provider


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(fields_of())) | texts, json_values, max_size=25))
def test_any_json_object_is_read_or_reported(entry: dict[str, object]) -> None:
    (read,) = from_bytes(text_of(entry), DRIVERS)
    assert (read.provider is None) is bool(read.problems)
    described(read)
