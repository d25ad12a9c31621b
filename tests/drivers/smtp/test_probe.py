"""Test connection: every step, and what it says when one fails."""

from __future__ import annotations

import asyncio

import pytest

from mailadmin.credentials import Secret
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.probing import ProbeResult, ProbeStep, StepState
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.probe import probe
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.stages import PROBE_STAGES, Stage
from mailadmin.drivers.smtp.timeouts import PROBE, RFC5321, Timeouts
from mailadmin.drivers.transcript import Transcript
from tests.drivers.smtp.dialling import PATIENT, SENDER, impatient, settings_at
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME, AiosmtpdServer
from tests.servers.certificates import Certificates
from tests.servers.scripted_server import Answers, ScriptedServer, drop, hang, scripted_server

PASSED, FAILED, SKIPPED = StepState.PASSED, StepState.FAILED, StepState.SKIPPED


def run(
    settings: SmtpSettings,
    password: str | None = None,
    *,
    sender: str = SENDER,
    timeouts: Timeouts = PATIENT,
    transcript: Transcript | None = None,
) -> ProbeResult:
    """Probe, and check what holds for every result."""
    steps: list[ProbeStep] = []
    secret = None if password is None else Secret(password)
    result = asyncio.run(
        probe(
            settings, sender, secret, timeouts=timeouts, on_step=steps.append, transcript=transcript
        )
    )
    assert tuple(steps) == result.steps
    assert tuple(step.stage for step in steps) == PROBE_STAGES
    assert all(step.sentence for step in steps)
    assert all((step.duration > 0) == (step.state is not SKIPPED) for step in steps)
    assert result.passed == (result.failed_step is None) == (result.failure is None)
    return result


def states(result: ProbeResult) -> list[StepState]:
    """The states in the order of PROBE_STAGES: DNS, TCP, TLS, AUTH, MAIL FROM."""
    return [step.state for step in result.steps]


def test_every_stage_passes_against_a_good_server(
    starttls_server: AiosmtpdServer, certificates: Certificates
) -> None:
    transcript = Transcript()
    provider = settings_at(
        starttls_server.port,
        Encryption.TLS,
        host="localhost",
        username=USERNAME,
        ca_file=str(certificates.ca_file),
    )
    result = run(provider, PASSWORD, transcript=transcript)
    assert states(result) == [PASSED] * 5
    assert starttls_server.received == []
    commands = [line for line in transcript.lines if line.startswith("> ")]
    assert commands == [
        "> EHLO [127.0.0.1]",
        "> STARTTLS",
        "> EHLO [127.0.0.1]",
        "> AUTH PLAIN ********",
        "> MAIL FROM:<office@example.org>",
        "> RSET",
        "> QUIT",
    ]


def test_implicit_tls_passes_and_a_wrong_password_fails_at_auth(
    implicit_tls_server: AiosmtpdServer, certificates: Certificates
) -> None:
    provider = settings_at(
        implicit_tls_server.port,
        Encryption.SSL,
        username=USERNAME,
        ca_file=str(certificates.ca_file),
    )
    assert states(run(provider, PASSWORD)) == [PASSED] * 5
    wrong = run(provider, "wrong")
    assert states(wrong) == [PASSED, PASSED, PASSED, FAILED, SKIPPED]
    assert "535 5.7.8" in wrong.steps[3].sentence
    assert wrong.steps[4].sentence == "Not reached: AUTH failed."


def test_stages_that_do_not_apply_are_skipped_with_the_reason(scripted: ScriptedServer) -> None:
    result = run(settings_at(scripted.port))
    assert states(result) == [PASSED, PASSED, SKIPPED, SKIPPED, PASSED]
    assert "on this computer" in result.steps[2].sentence
    assert "No user name" in result.steps[3].sentence
    assert scripted.wait_ended().verbs == ["EHLO", "MAIL", "RSET", "QUIT"]


def test_a_host_name_that_does_not_exist_fails_at_dns() -> None:
    result = run(settings_at(587, Encryption.TLS, host="no-such-host.invalid"))
    assert states(result) == [FAILED, SKIPPED, SKIPPED, SKIPPED, SKIPPED]
    assert isinstance(result.failure, SmtpFailure)
    assert result.failure.kind in {FailureKind.NAME_NOT_FOUND, FailureKind.NAME_LOOKUP}
    assert "no-such-host.invalid" in result.steps[0].sentence


@pytest.mark.parametrize("host", ["", "a..b", "x" * 300, "bad host", "host\nname", "\udcff"])
def test_a_text_that_is_no_host_name_fails_before_tls(host: str) -> None:
    result = run(settings_at(587, Encryption.TLS, host=host))
    assert result.failed_step is not None
    assert result.failed_step.stage in {Stage.DNS, Stage.CONNECT}


def test_a_port_without_a_listener_fails_at_tcp(unused_tcp_port: int) -> None:
    result = run(settings_at(unused_tcp_port, Encryption.TLS))
    assert states(result) == [PASSED, FAILED, SKIPPED, SKIPPED, SKIPPED]
    assert f"no connection on port {unused_tcp_port}" in result.steps[1].sentence
    assert "587" in result.steps[1].sentence


@pytest.mark.parametrize(
    ("answers", "failed", "kind"),
    [
        ({"GREETING": "554 5.7.1 blocked"}, Stage.CONNECT, FailureKind.REFUSED),
        ({"GREETING": drop}, Stage.CONNECT, FailureKind.CONNECTION_LOST),
        ({"EHLO": "550 5.7.1 blocked"}, Stage.CONNECT, FailureKind.REFUSED),
        ({"AUTH": "535 5.7.8 no"}, Stage.AUTH, FailureKind.REFUSED),
        ({"MAIL": "553 5.7.1 not yours"}, Stage.MAIL, FailureKind.REFUSED),
        ({"MAIL": drop}, Stage.MAIL, FailureKind.CONNECTION_LOST),
    ],
)
def test_the_stage_that_failed_is_named_with_the_reply(
    answers: Answers, failed: Stage, kind: FailureKind
) -> None:
    with scripted_server(answers) as server:
        result = run(settings_at(server.port, username=USERNAME), PASSWORD)
        server.wait_ended()
    assert result.failed_step is not None
    assert result.failed_step.stage == failed
    assert isinstance(result.failure, SmtpFailure)
    assert result.failure.kind is kind
    assert result.failed_step.sentence == result.failure.detail


def test_a_missing_password_fails_at_the_sign_in(scripted: ScriptedServer) -> None:
    result = run(settings_at(scripted.port, username=USERNAME))
    assert states(result) == [PASSED, PASSED, SKIPPED, FAILED, SKIPPED]
    assert "password" in result.steps[3].sentence


@pytest.mark.parametrize("sender", ["", "a@b>", "büro@example.org"])
def test_a_sender_that_can_not_be_used(sender: str) -> None:
    with scripted_server({"EHLO": "250 scripted"}) as server:
        result = run(settings_at(server.port), sender=sender)
    assert result.failed_step is not None
    assert result.failed_step.stage == Stage.MAIL
    assert isinstance(result.failure, SmtpFailure)
    assert result.failure.kind is FailureKind.SENDER_UNUSABLE


@pytest.mark.parametrize("farewell", ["421 no", drop, hang])
def test_how_the_server_says_goodbye_does_not_matter(farewell: str) -> None:
    with scripted_server({"QUIT": farewell}) as server:
        assert run(settings_at(server.port), timeouts=impatient(quit=0.1)).passed


def test_cancelling_ends_it_at_once() -> None:
    """Without waiting for the server, and without leaving the connection open."""
    with scripted_server({"MAIL": hang}) as server:

        async def main() -> None:
            reached = asyncio.Event()

            def note(step: ProbeStep) -> None:
                if step.stage == Stage.AUTH:
                    reached.set()

            task = asyncio.create_task(probe(settings_at(server.port), SENDER, None, on_step=note))
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(asyncio.wait_for(main(), 30))
        assert "QUIT" not in server.wait_ended().verbs


def test_the_deadlines_of_a_connection_test_are_shorter_than_the_senders() -> None:
    for name in Timeouts.__slots__:
        assert 0 < getattr(PROBE, name) < getattr(RFC5321, name)


def test_the_deadlines_of_the_sender_are_those_of_rfc_5321() -> None:
    assert RFC5321.greeting == RFC5321.mail == RFC5321.rcpt == 300
    assert (RFC5321.data, RFC5321.block, RFC5321.final) == (120, 180, 600)
