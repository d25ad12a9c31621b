"""AUTH and servers that don't ask for what they are told, or not as one expects (RFC 4954)."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field

import pytest

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.drivers.smtp.classification import outcome_of_failure
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.stages import Stage
from tests.drivers.smtp.dialling import session_with, settings_at
from tests.servers.scripted_server import Action, Peer, ScriptedServer, drop, scripted_server

USERNAME, PASSWORD = "ann", "correct horse"
PLAIN, LOGIN = "250-scripted\n250 AUTH PLAIN", "250-scripted\n250 AUTH LOGIN"
BOTH = "250-scripted\n250 AUTH PLAIN LOGIN"
USERNAME_PROMPT, PASSWORD_PROMPT = "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"
WELCOME = "235 2.7.0 welcome"


@dataclass
class Exchange:
    """A server's side of AUTH: what it says to each line; what it was told, commands apart."""

    said: tuple[str, ...]
    commands: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # "*", or the base64 decoded

    async def __call__(self, peer: Peer) -> None:
        self.commands.append(peer.commands[-1])
        for saying in self.said:
            await peer.say(saying)
            if not saying.startswith("334"):
                return
            line = (await peer.line()).decode()
            self.told.append(line if line == "*" else base64.b64decode(line).decode())
            if line == "*":
                await peer.say("501 5.7.0 cancelled")
                return


def sign_in(
    server: ScriptedServer, username: str = USERNAME, password: str = PASSWORD
) -> SmtpFailure | None:
    """Open a session; how it failed, if it did."""

    async def main() -> SmtpFailure | None:
        try:
            async with session_with(settings_at(server.port, username=username), password):
                return None
        except SmtpFailure as failure:
            return failure

    return asyncio.run(main())


def plain(username: str = USERNAME, password: str = PASSWORD) -> str:
    return f"\0{username}\0{password}"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# LOGIN ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (USERNAME_PROMPT, PASSWORD_PROMPT),
        (f"334 {encoded('username:')}", f"334 {encoded('password:')}"),
        (f"334 {encoded('USER NAME')}", f"334 {encoded('PASSWORD')}"),
        (f"334 {encoded('User Name' + chr(0))}", f"334 {encoded('Password' + chr(0))}"),
        ("334 Username:", "334 Password:"),
        ("334 username", "334 password"),
        ("334 ", "334 "),
        ("334", "334"),
    ],
)
def test_login_tells_what_is_asked_for(first: str, second: str) -> None:
    """A server that asks for the user name, whatever came with AUTH, isn't told the password."""
    exchange = Exchange((first, second, WELCOME))
    with scripted_server({"EHLO": LOGIN, "AUTH": exchange}) as server:
        assert sign_in(server) is None
    assert exchange.commands == ["AUTH LOGIN"]
    assert exchange.told == [USERNAME, PASSWORD]


@pytest.mark.parametrize("password", ["Password", "Username", "VXNlcm5hbWU6", "u"])
def test_login_sends_a_password_that_is_part_of_the_prompt(password: str) -> None:
    """It is hidden in what the server says after it was told, and not before."""
    exchange = Exchange((USERNAME_PROMPT, PASSWORD_PROMPT, WELCOME))
    with scripted_server({"EHLO": LOGIN, "AUTH": exchange}) as server:
        assert sign_in(server, password=password) is None
    assert exchange.told == [USERNAME, password]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((PASSWORD_PROMPT,), ["*"]),
        (("334 garbage!",), ["*"]),
        ((f"334 {encoded('What is your quest?')}",), ["*"]),
        ((USERNAME_PROMPT, USERNAME_PROMPT), [USERNAME, "*"]),
        ((USERNAME_PROMPT, "334 garbage!"), [USERNAME, "*"]),
        ((USERNAME_PROMPT, PASSWORD_PROMPT, PASSWORD_PROMPT), [USERNAME, PASSWORD, "*"]),
        ((USERNAME_PROMPT, PASSWORD_PROMPT, "334 "), [USERNAME, PASSWORD, "*"]),
    ],
)
def test_login_cancels_what_it_has_no_answer_to(said: tuple[str, ...], told: list[str]) -> None:
    exchange = Exchange(said)
    with scripted_server({"EHLO": LOGIN, "AUTH": exchange}) as server:
        failure = sign_in(server)
        server.wait_ended()
    assert exchange.told == told
    assert len(exchange.commands) == 1
    assert failure is not None
    assert (failure.stage, failure.kind) == (Stage.AUTH, FailureKind.UNEXPECTED_REPLY)
    assert "334" in failure.detail
    assert outcome_of_failure(failure).kind is OutcomeKind.DEFERRED


# PLAIN ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("challenge", ["334", "334 "])
def test_plain_is_told_again_to_a_server_that_ignores_what_came_with_auth(challenge: str) -> None:
    exchange = Exchange((challenge, WELCOME))
    with scripted_server({"EHLO": BOTH, "AUTH": exchange}) as server:
        assert sign_in(server) is None
    assert exchange.commands == [f"AUTH PLAIN {encoded(plain())}"]
    assert exchange.told == [plain()]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("334 Username:",), ["*"]),
        ((USERNAME_PROMPT,), ["*"]),
        ((PASSWORD_PROMPT,), ["*"]),
        (("334 garbage!",), ["*"]),
        (("334 ", "334 "), [plain(), "*"]),
    ],
)
def test_plain_cancels_what_it_has_no_answer_to(said: tuple[str, ...], told: list[str]) -> None:
    exchange = Exchange(said)
    with scripted_server({"EHLO": BOTH, "AUTH": exchange}) as server:
        failure = sign_in(server)
        assert server.wait_ended().verbs == ["EHLO", "AUTH"]
    assert exchange.told == told
    assert failure is not None
    assert failure.kind is FailureKind.UNEXPECTED_REPLY


@pytest.mark.parametrize("refusal", ["501 5.5.4 no parameters", "501 syntax", "500 too long"])
def test_auth_is_repeated_without_initial_response_where_the_server_takes_none(
    refusal: str,
) -> None:
    exchange = Exchange(("334 ", WELCOME))

    async def auth(peer: Peer) -> None:
        if peer.commands[-1] == "AUTH PLAIN":
            await exchange(peer)
        else:
            await peer.say(refusal)

    with scripted_server({"EHLO": PLAIN, "AUTH": auth}) as server:
        assert sign_in(server) is None
        assert server.last.commands[1:3] == [f"AUTH PLAIN {encoded(plain())}", "AUTH PLAIN"]
    assert exchange.told == [plain()]


def test_a_wrong_password_without_initial_response_is_one_sign_in() -> None:
    said: list[str | Action] = ["501 no parameters", Exchange(("334 ", "535 5.7.8 no")), WELCOME]
    with scripted_server({"EHLO": BOTH, "AUTH": said}) as server:
        failure = sign_in(server)
        assert server.wait_ended().verbs == ["EHLO", "AUTH", "AUTH"]
    assert failure is not None
    assert failure.detail == "127.0.0.1 refused the sign-in: 535 5.7.8 no"


def test_a_mechanism_that_is_offered_and_refused_as_unknown_is_followed_by_the_next() -> None:
    """With and without initial response; then the next. Nobody saw the password as one."""
    exchange = Exchange((USERNAME_PROMPT, PASSWORD_PROMPT, WELCOME))
    said: list[str | Action] = ["501 5.5.2 syntax", "504 5.5.4 unrecognised mechanism", exchange]
    with scripted_server({"EHLO": BOTH, "AUTH": said}) as server:
        assert sign_in(server) is None
        assert [command.split(" ")[1] for command in server.last.commands[1:4]] == [
            "PLAIN",
            "PLAIN",
            "LOGIN",
        ]
    assert exchange.told == [USERNAME, PASSWORD]


@pytest.mark.parametrize("code", [501, 504])
def test_the_code_of_bad_credentials_is_final(code: int) -> None:
    """RFC 4954 §6: 5.7.8 says that they were looked at. Servers lock accounts."""
    with scripted_server({"EHLO": BOTH, "AUTH": f"{code} 5.7.8 bad credentials"}) as server:
        failure = sign_in(server)
        assert server.wait_ended().verbs == ["EHLO", "AUTH"]
    assert failure is not None
    assert outcome_of_failure(failure).kind is OutcomeKind.PROVIDER_FAULT


def test_when_no_mechanism_is_known_the_last_refusal_is_told() -> None:
    with scripted_server({"EHLO": BOTH, "AUTH": "504 5.5.4 what?"}) as server:
        failure = sign_in(server)
        assert server.wait_ended().verbs == ["EHLO", "AUTH", "AUTH"]
    assert failure is not None
    assert (failure.kind, failure.reply and failure.reply.code) == (FailureKind.REFUSED, 504)


# Both ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ehlo", [PLAIN, LOGIN])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("454 4.7.0 not now", OutcomeKind.DEFERRED),
        ("432 4.7.12 a password transition is needed", OutcomeKind.DEFERRED),
        ("421 4.7.0 closing", OutcomeKind.DEFERRED),
        ("501 5.5.2 can't decode", OutcomeKind.PROVIDER_FAULT),
        ("534 5.7.9 too weak", OutcomeKind.PROVIDER_FAULT),
        ("535 5.7.8 no", OutcomeKind.PROVIDER_FAULT),
        ("538 5.7.11 encryption required", OutcomeKind.PROVIDER_FAULT),
    ],
)
def test_a_reply_to_the_password_is_final(ehlo: str, reply: str, kind: OutcomeKind) -> None:
    questions = ("334 ",) if ehlo is PLAIN else (USERNAME_PROMPT, PASSWORD_PROMPT)
    exchange = Exchange((*questions, reply))
    with scripted_server({"EHLO": ehlo, "AUTH": exchange}) as server:
        failure = sign_in(server)
        assert server.wait_ended().verbs == ["EHLO", "AUTH"]
    assert failure is not None
    assert (failure.stage, failure.kind) == (Stage.AUTH, FailureKind.REFUSED)
    assert outcome_of_failure(failure).kind is kind


@pytest.mark.parametrize("ehlo", [PLAIN, LOGIN])
def test_endless_challenges_are_cancelled(ehlo: str) -> None:
    told: list[bytes] = []

    async def never_content(peer: Peer) -> None:
        while True:
            await peer.say("334 ")
            told.append(await peer.line())

    with scripted_server({"EHLO": ehlo, "AUTH": never_content}) as server:
        failure = sign_in(server)
        server.wait_ended()
    assert failure is not None
    assert failure.kind is FailureKind.UNEXPECTED_REPLY
    assert told[-1] == b"*"
    assert len(told) == (2 if ehlo is PLAIN else 3)


def test_a_server_that_disconnects_at_the_cancel_gave_an_unexpected_reply() -> None:
    async def leave(peer: Peer) -> None:
        await peer.say("334 garbage!")
        assert await peer.line() == b"*"
        await drop(peer)

    with scripted_server({"EHLO": LOGIN, "AUTH": leave}) as server:
        failure = sign_in(server)
    assert failure is not None
    assert failure.kind is FailureKind.UNEXPECTED_REPLY


@pytest.mark.parametrize(("length", "at_once"), [(360, True), (370, False), (8900, False)])
def test_a_long_password_does_not_make_the_command_too_long(length: int, at_once: bool) -> None:
    """512 bytes for AUTH with its parameter (RFC 5321 §4.5.3.1.4), 12288 for an answer."""
    password = "p" * length
    exchange = Exchange((WELCOME,) if at_once else ("334 ", WELCOME))
    with scripted_server({"EHLO": PLAIN, "AUTH": exchange}) as server:
        assert sign_in(server, password=password) is None
        lines = bytes(server.last.received).split(b"\r\n")
    assert exchange.commands[0].startswith("AUTH PLAIN")
    assert len(exchange.commands[0]) <= 510
    assert exchange.told == ([] if at_once else [plain(password=password)])
    assert max(map(len, lines)) <= 12286


@pytest.mark.parametrize("ehlo", [PLAIN, LOGIN])
def test_user_names_and_passwords_in_any_script_are_sent_as_utf_8(ehlo: str) -> None:
    username, password = "änn@bücher.example", "wörd ☃ 密碼"
    questions = ("334 ",) if ehlo is PLAIN else (USERNAME_PROMPT, PASSWORD_PROMPT)
    exchange = Exchange((*questions, WELCOME))
    with scripted_server({"EHLO": ehlo, "AUTH": exchange}) as server:
        assert sign_in(server, username, password) is None
    told = [plain(username, password)] if ehlo is PLAIN else [username, password]
    assert exchange.told == told


@pytest.mark.parametrize(
    ("ehlo", "mechanism"),
    [
        ("250-scripted\n250 AUTH=PLAIN", "PLAIN"),
        ("250-scripted\n250 AUTH=LOGIN PLAIN", "PLAIN"),
        ("250-scripted\n250-AUTH GSSAPI\n250 AUTH=LOGIN", "LOGIN"),
        ("250-scripted\n250 auth login plain", "PLAIN"),
    ],
)
def test_mechanisms_offered_as_auth_equals_or_in_lower_case_are_used(
    ehlo: str, mechanism: str
) -> None:
    questions = () if mechanism == "PLAIN" else (USERNAME_PROMPT, PASSWORD_PROMPT)
    exchange = Exchange((*questions, WELCOME))
    with scripted_server({"EHLO": ehlo, "AUTH": exchange}) as server:
        assert sign_in(server) is None
    assert exchange.commands[0].split(" ")[1] == mechanism
