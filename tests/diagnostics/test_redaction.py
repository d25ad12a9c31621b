"""The parts of a text that are hidden before it leaves the computer, and those that stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.diagnostics.redaction import Redaction

REDACT = Redaction("/home/ann")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to <ann@example.org>: 550", "to <***@***>: 550"),
        ("ann.o'neill+x@mail.example.org,", "***@***,"),
        ("'ann@example.org'", "'***@***'"),
        ('"Ann Smith"@example.org', "***@***"),
        ("jürgen@müller.example", "***@***"),
        ("root@localhost and ann@[192.0.2.1]", "***@*** and ***@***"),
        ("mailto:ann%40example.org?x", "mailto:***@***"),
        ("bounce+ann=example.net@example.org", "***@***"),
        ("a/b@example.org", "***@***"),
        ("postgresql://ann:pass@db.example.org/mail", "postgresql://***@db.example.org/mail"),
        ("smtp://ann@example.org:p@ss/word@host:25 x", "smtp://***@host:25 x"),
        ("password=hunter2", "password=***"),
        ("password = abcd efgh ijkl", "password = ***"),
        ('{"password": "a\\"b", "port": 25}', '{"password": ***, "port": 25}'),
        ("smtp_password='x y' port", "smtp_password=*** port"),
        ("MAILADMIN_PASSWORD_FILE_3=/run/x", "MAILADMIN_PASSWORD_FILE_3=***"),
        ("https://x.example/?api_key=12", "https://x.example/?api_key=***"),
        ("Authorization: Basic QWxhZGRpbjpvcGVu", "Authorization: ***"),
        ("sent Bearer abcdefghijkl", "sent Bearer ***"),
        ("> AUTH PLAIN AGFubgBwYXNz", "> AUTH PLAIN ***"),
        ("auth login YW5u", "auth login ***"),
        ("AUTH AGFubgBwYXNz", "AUTH ***"),
        ('File "/home/ann/app/x.py", line 3', 'File "~/app/x.py", line 3'),
        ("/home/ann", "~"),
        ("/home/ann. It", "~. It"),
        ("file:///home/ann/a", "file:~/a"),
    ],
)
def test_credentials_addresses_and_the_home_folder_are_hidden(text: str, expected: str) -> None:
    assert REDACT(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "/home/anna/x and /mnt/home/ann-old",
        "  @property\n    def password(self) -> Secret:\n",
        "keyring.errors.PasswordSetError: Can't store it",
        "CredentialError: The keyring is locked.",
        'File "/opt/mailadmin/credentials/secret.py", line 20, in look_up_password',
        "password needed: “Relay”: open the keyring",
        "result = a @ b",
        "535 5.7.8 Username and Password not accepted",
        "Mail Admin 0.1.0, Python 3.11.2, Qt 6.12.0, smtp.example.org:587",
        "AUTH is not offered",
    ],
)
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert REDACT(text) == text


def test_the_home_folder_is_hidden_in_every_spelling_of_windows() -> None:
    redact = Redaction("C:\\Users\\ann")
    assert redact("C:\\Users\\ann\\AppData") == "~\\AppData"
    assert redact("'C:\\\\Users\\\\ann\\\\AppData'") == "'~\\\\AppData'"
    assert redact("C:/Users/ann/AppData") == "~/AppData"
    assert redact("C:\\Users\\anna") == "C:\\Users\\anna"


@pytest.mark.parametrize("home", ["/", "~", ""])
def test_without_a_home_folder_no_path_is_hidden(home: str) -> None:
    assert Redaction(home)("/usr/lib ~/x") == "/usr/lib ~/x"


@given(
    st.from_regex(r"[a-z0-9.+_-]{1,20}@[a-z0-9-]{1,20}\.example", fullmatch=True),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_an_address_is_hidden_in_any_surrounding_text(
    address: str, before: str, after: str
) -> None:
    text = REDACT(f"{before} {address} {after}")
    assert address not in text
    assert address not in REDACT(text)
