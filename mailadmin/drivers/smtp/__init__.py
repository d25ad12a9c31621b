"""The SMTP driver: opens a connection, delivers messages, tests a provider.

The bytes of the connection, the deadlines and the way of a message are its own; it runs in any
asyncio event loop. No Qt and no database: the point of no return is asked of the caller.
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
