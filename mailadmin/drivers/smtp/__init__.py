"""Speaking SMTP: open a connection, deliver one message, test a provider.

Built on aiosmtplib for EHLO, STARTTLS and AUTH; the bytes of the connection, the deadlines and the
way of a message are its own. Runs in any asyncio event loop, imports no Qt and no database.
"""

from mailadmin.drivers.smtp.failure import MalformedReply, SmtpFailure, StaleClaim
from mailadmin.drivers.smtp.probe import PROBE_STAGES, ProbeResult, ProbeStep, StepState, probe
from mailadmin.drivers.smtp.session import SmtpSession
from mailadmin.drivers.smtp.timeouts import PROBE, RFC5321, Timeouts
from mailadmin.drivers.smtp.tls import normalise_fingerprint
from mailadmin.drivers.smtp.transaction import CommitPoint
from mailadmin.drivers.smtp.transcript import Revealable, Transcript
from mailadmin.policy import FailureKind

__all__ = [
    "PROBE",
    "PROBE_STAGES",
    "RFC5321",
    "CommitPoint",
    "FailureKind",
    "MalformedReply",
    "ProbeResult",
    "ProbeStep",
    "Revealable",
    "SmtpFailure",
    "SmtpSession",
    "StaleClaim",
    "StepState",
    "Timeouts",
    "Transcript",
    "normalise_fingerprint",
    "probe",
]
