"""AUTH: PLAIN, LOGIN, and what a refusal leads to."""

from __future__ import annotations

import asyncio
import base64

import pytest

from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.classification import outcome_of_failure
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.stages import Stage
from tests.drivers.smtp.dialling import PATIENT, deliver, impatient, session_with, settings_at
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME, aiosmtpd_server
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import (
    Action,
    Answers,
    ScriptedServer,
    drop,
    garbage,
    hang,
    scripted_server,
)


def sign_in(port: int, password: str | None = PASSWORD, seconds: float = 10) -> SmtpFailure | None:
    """Open a session as USERNAME; how it failed, if it did."""

    async def main() -> SmtpFailure | None:
        provider = settings_at(port, username=USERNAME)
        timeouts = PATIENT if seconds == 10 else impatient(command=seconds)
        try:
            async with session_with(provider, password, timeouts=timeouts):
                return None
        except SmtpFailure as failure:
            return failure

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("offered", "used"),
    [
        (("PLAIN", "LOGIN"), "PLAIN"),
        (("LOGIN", "PLAIN"), "PLAIN"),
        (("PLAIN",), "PLAIN"),
        (("LOGIN",), "LOGIN"),
    ],
)
def test_the_first_known_mechanism_that_is_offered_is_used(
    offered: tuple[str, ...], used: str
) -> None:
    with aiosmtpd_server(sign_in=True, mechanisms=offered) as server:
        assert sign_in(server.port) is None
    assert server.recorder.mechanisms == [used]


@pytest.mark.parametrize("password", ["wörd ☃ 密碼", " leading and trailing ", "=", "'\"\\%s{}"])
def test_any_password_arrives_as_it_is(password: str) -> None:
    with scripted_server() as server:
        assert sign_in(server.port, password) is None
        command = server.last.commands[1]
    verb, mechanism, blob = command.split(" ")
    assert (verb, mechanism) == ("AUTH", "PLAIN")
    assert base64.b64decode(blob).decode() == f"\0{USERNAME}\0{password}"


@pytest.mark.parametrize("offered", [("PLAIN", "LOGIN"), ("LOGIN",)])
def test_a_wrong_password_is_tried_once(offered: tuple[str, ...]) -> None:
    with aiosmtpd_server(sign_in=True, mechanisms=offered) as server:
        failure = sign_in(server.port, "wrong")
    assert failure is not None
    assert (failure.stage, failure.kind) == (Stage.AUTH, FailureKind.REFUSED)
    assert failure.detail == (
        "127.0.0.1 refused the sign-in: 535 5.7.8 Authentication credentials invalid"
    )
    assert outcome_of_failure(failure).kind is OutcomeKind.PROVIDER_FAULT
    assert server.recorder.failed_sign_ins == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("454 4.7.0 temporary authentication failure", OutcomeKind.DEFERRED),
        ("421 4.7.0 too many errors", OutcomeKind.DEFERRED),
        ("535 5.7.8 no", OutcomeKind.PROVIDER_FAULT),
        ("535 no", OutcomeKind.PROVIDER_FAULT),
        ("534 5.7.9 too weak", OutcomeKind.PROVIDER_FAULT),
        ("530 5.7.0 STARTTLS first", OutcomeKind.PROVIDER_FAULT),
        ("550 5.7.1 account closed", OutcomeKind.PROVIDER_FAULT),
        ("250 ok?", OutcomeKind.DEFERRED),
        (drop, OutcomeKind.DEFERRED),
        (garbage, OutcomeKind.DEFERRED),
        (hang, OutcomeKind.DEFERRED),
    ],
)
def test_each_reply_code_to_auth_has_its_outcome(answer: str | Action, kind: OutcomeKind) -> None:
    with scripted_server({"AUTH": answer}) as server:
        failure = sign_in(server.port, seconds=0.1 if answer is hang else 10)
        peer = server.wait_ended()
    assert failure is not None
    assert failure.stage is Stage.AUTH
    assert outcome_of_failure(failure).kind is kind
    assert peer.verbs == ["EHLO", "AUTH"]


@pytest.mark.parametrize(
    ("ehlo", "offered"),
    [("250 scripted", "none"), ("250-scripted\n250 AUTH GSSAPI NTLM", "GSSAPI NTLM")],
)
def test_a_server_without_a_known_mechanism_is_the_providers_fault(ehlo: str, offered: str) -> None:
    with scripted_server({"EHLO": ehlo}) as server:
        failure = sign_in(server.port)
        assert server.wait_ended().verbs == ["EHLO"]
    assert failure is not None
    assert failure.kind is FailureKind.AUTH_NOT_OFFERED
    assert f"it offers {offered}" in failure.detail


@pytest.mark.parametrize(
    ("password", "kind"),
    [
        (None, FailureKind.PASSWORD_MISSING),
        ("a\0b", FailureKind.PASSWORD_UNUSABLE),
        ("a\ud800b", FailureKind.PASSWORD_UNUSABLE),
        ("long" * 2250, FailureKind.PASSWORD_UNUSABLE),
    ],
    ids=["missing", "NUL", "surrogate", "too long"],
)
def test_a_password_that_can_not_be_sent_is_refused_before_auth(
    password: str | None, kind: FailureKind, scripted: ScriptedServer
) -> None:
    failure = sign_in(scripted.port, password)
    assert failure is not None
    assert (failure.stage, failure.kind) == (Stage.CREDENTIALS, kind)
    assert outcome_of_failure(failure).kind is OutcomeKind.PROVIDER_FAULT
    assert "AUTH" not in scripted.wait_ended().verbs


def test_without_a_user_name_there_is_no_auth(scripted: ScriptedServer) -> None:
    async def main() -> None:
        async with session_with(settings_at(scripted.port), "unused") as session:
            await deliver(session)

    asyncio.run(main())
    assert "AUTH" not in scripted.wait_ended().verbs


def test_a_server_that_wants_a_sign_in_is_the_providers_fault(certificates: Certificates) -> None:
    context = certificates.valid.context()
    with aiosmtpd_server(encryption=Encryption.SSL, tls=context, sign_in=True) as server:
        provider = settings_at(server.port, Encryption.SSL, ca_file=str(certificates.ca_file))

        async def main() -> None:
            async with session_with(provider) as session:
                (outcome,) = (await deliver(session)).values()
                assert outcome.kind is OutcomeKind.PROVIDER_FAULT
                assert "530 5.7.0" in outcome.reason

        asyncio.run(main())


def test_an_old_server_without_ehlo() -> None:
    answers: Answers = {"EHLO": "502 5.5.1 what?"}
    with scripted_server(answers) as server:

        async def main() -> None:
            async with session_with(settings_at(server.port)) as session:
                (outcome,) = (await deliver(session)).values()
                assert outcome.kind is OutcomeKind.ACCEPTED

        asyncio.run(main())
    assert server.last.verbs[:3] == ["EHLO", "HELO", "MAIL"]
    assert server.last.commands[2] == "MAIL FROM:<office@example.org>"
