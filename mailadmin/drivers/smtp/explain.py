"""The sentences for what breaks a connection, with what to do about it."""

from __future__ import annotations

import errno
import socket

from mailadmin.domain.outcome import Reply
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.failure import MalformedReply, SmtpFailure
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.reply import one_line
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.stages import Stage

_MOMENT = {
    Stage.DNS: "looking up the name",
    Stage.CONNECT: "connecting",
    Stage.GREETING: "waiting for the greeting",
    Stage.TLS: "starting TLS",
    Stage.AUTH: "signing in",
    Stage.MAIL: "naming the sender",
    Stage.RCPT: "naming a recipient",
    Stage.DATA: "sending the message",
    Stage.END_OF_DATA: "waiting for the answer to the whole message",
}

UNREACHABLE = frozenset(
    {
        *(errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN),
        *(errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT),
    }
)
"""Errors of connecting that say that there is no way to the server from here."""

_RESOLVER_SILENT = frozenset({socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_MEMORY})


def broken(settings: SmtpSettings, stage: Stage, seconds: float, error: Exception) -> SmtpFailure:
    """What ended the waiting for a reply at `stage`; `seconds` was its deadline."""
    if isinstance(error, MalformedReply):
        return malformed(settings, stage, error)
    if isinstance(error, TimeoutError):
        return timed_out(settings, stage, seconds)
    return connection_lost(settings, stage)


def connection_lost(settings: SmtpSettings, stage: Stage) -> SmtpFailure:
    """The server, or the network, ended the connection."""
    detail = f"{_where(settings)} closed the connection while {_moment(stage)}."
    if stage is Stage.END_OF_DATA:
        detail = (
            f"{_where(settings)} closed the connection before it said whether it took the message."
        )
    return SmtpFailure(
        stage, FailureKind.CONNECTION_LOST, detail + _wrong_protection(settings, stage)
    )


def timed_out(settings: SmtpSettings, stage: Stage, seconds: float) -> SmtpFailure:
    """The stage's deadline passed."""
    if stage is Stage.DNS:
        detail = f"No answer about the name {settings.host} within {seconds:g} s; is this computer "
        return SmtpFailure(stage, FailureKind.TIMEOUT, detail + "connected to a network?")
    if stage is Stage.CONNECT:
        detail = (
            f"{_where(settings)} did not answer within {seconds:g} s. Check host and port; "
            "a firewall may block this port."
        )
        return SmtpFailure(stage, FailureKind.TIMEOUT, detail)
    if stage is Stage.END_OF_DATA:
        detail = f"{_where(settings)} did not say within {seconds:g} s whether it took the message."
        return SmtpFailure(stage, FailureKind.TIMEOUT, detail)
    detail = f"{_where(settings)} did not answer within {seconds:g} s while {_moment(stage)}."
    return SmtpFailure(stage, FailureKind.TIMEOUT, detail + _wrong_protection(settings, stage))


def network(settings: SmtpSettings, stage: Stage, error: OSError) -> SmtpFailure:
    """An error of the network or of the resolver."""
    host = settings.host
    if isinstance(error, socket.gaierror):
        if error.errno in _RESOLVER_SILENT:
            return SmtpFailure(
                stage,
                FailureKind.NAME_LOOKUP,
                f"The name {host} can't be looked up now; is this computer connected to a network?",
            )
        return SmtpFailure(
            stage, FailureKind.NAME_NOT_FOUND, f"There is no host named {host}. Check the spelling."
        )
    if stage is not Stage.CONNECT:
        return connection_lost(settings, stage)
    if error.errno == errno.ECONNREFUSED:
        return SmtpFailure(
            stage,
            FailureKind.CONNECTION_REFUSED,
            f"{host} accepts no connection on port {settings.port}. "
            "Check the port: 587 for TLS, 465 for SSL.",
        )
    if error.errno in UNREACHABLE:
        return SmtpFailure(
            stage,
            FailureKind.UNREACHABLE,
            f"{host} can't be reached; is this computer connected to a network?",
        )
    why = error.strerror or type(error).__name__
    return SmtpFailure(
        stage, FailureKind.UNREACHABLE, f"Connecting to {_where(settings)} failed: {why}."
    )


def malformed(settings: SmtpSettings, stage: Stage, error: MalformedReply) -> SmtpFailure:
    """What came is no SMTP."""
    detail = f"{_where(settings)} does not speak SMTP correctly while {_moment(stage)}: {error}."
    if stage is Stage.GREETING:
        detail += " Check the port."
    return SmtpFailure(stage, FailureKind.MALFORMED_REPLY, detail)


def unexpected(settings: SmtpSettings, stage: Stage, reply: Reply) -> SmtpFailure:
    """A well formed reply that does not belong here."""
    return SmtpFailure(
        stage,
        FailureKind.UNEXPECTED_REPLY,
        f"{settings.host} gave an answer that does not fit while {_moment(stage)}: "
        f"{one_line(reply)}",
        reply,
    )


def _where(settings: SmtpSettings) -> str:
    return f"{settings.host} (port {settings.port})"


def _moment(stage: Stage) -> str:
    return _MOMENT.get(stage, stage.value)


def _wrong_protection(settings: SmtpSettings, stage: Stage) -> str:
    """A hint for the usual mistake: the port and the encryption do not belong together."""
    if stage is Stage.GREETING and settings.encryption is not Encryption.SSL:
        return " If this port expects TLS from the start, as 465 does, choose SSL."
    if stage is Stage.TLS and settings.encryption is Encryption.SSL:
        return " If this port starts without TLS, as 587 does, choose TLS (STARTTLS)."
    return ""
