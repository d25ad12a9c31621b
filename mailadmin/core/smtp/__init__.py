"""Speaking SMTP: open a connection, deliver one message, test a provider.

Built on aiosmtplib for EHLO, STARTTLS and AUTH; the bytes of the connection, the deadlines and the
way of a message are its own. Runs in any asyncio event loop, imports no Qt and no database.
"""

from mailadmin.core.policy import FailureKind
from mailadmin.core.smtp.failure import MalformedReply, SmtpFailure, StaleClaim
from mailadmin.core.smtp.probe import PROBE_STAGES, ProbeResult, ProbeStep, StepState, probe
from mailadmin.core.smtp.session import SmtpSession
from mailadmin.core.smtp.timeouts import PROBE, RFC5321, Timeouts
from mailadmin.core.smtp.tls import normalise_fingerprint
from mailadmin.core.smtp.transaction import CommitPoint
from mailadmin.core.smtp.transcript import Revealable, Transcript

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
